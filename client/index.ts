// The reference app client: what an app team would copy (README.md). Its signatures in short:
//
//   sealUpload({ tracks }) → { uploadId, tracks }                        seals Track objects under one id
//   encodeAttempt(upload, clock, compression?) → Promise<{ body, headers }>   stamps the clocks, compresses
//   sendAttempt({ body, headers }, { url, token, fetch?, timeoutMs? }) → Promise<SendOutcome>   never throws
//
// Compressions: `identity`, `webGzip` here; `nodeGzip`, `nodeBrotli({ quality? })` in client/node/index.ts.
export { parseAnswer, type RejectedTrack, type UploadAnswer } from './answer.ts'
export { type Compression, identity, webGzip } from './compression.ts'
export { defaultRetryPolicy, parseRetryAfterMs, pauseMs, type RetryPolicy } from './retry.ts'
export { type AttemptBody, encodeAttempt, type SealedUpload, sealUpload } from './seal.ts'
export { permanentStatuses, type SendOptions, type SendOutcome, sendAttempt } from './send.ts'
