// The reference app client: what an app team would copy (README.md). Its signatures in short:
//
//   createClockWatch({ device, state?, save? }) → { read(), stamp() }       the device's clocks and their epochs
//   createRecorder({ bikeId, recorderId, clock }) → { record(kind, values), carries(parts), due(), seal() }
//   createMemoryQueue(bounds?), openFileQueue({ files, ...bounds }) → UploadQueue   add(upload) and so on
//   createUploader({ queue, url, token, stamp, … }) → { run({ signal, untilEmpty? }), step(), wake() }
//
// and below them, for who wants to see each attempt:
//
//   sealUpload({ tracks }) → { uploadId, tracks }                           seals Track objects under one id
//   encodeAttempt(upload, clock, compression?) → Promise<{ body, headers }>    stamps the clocks, compresses
//   sendAttempt({ body, headers }, { url, token, fetch?, timeoutMs? }) → Promise<SendOutcome>   never throws
//
// Compressions: `identity`, `webGzip` here; `nodeGzip`, `nodeBrotli({ quality? })` in node/index.ts, with the other
// adapters for Node: `nodeFiles(folder)`, `nodeDeviceClock()`, `fileClockState(path)`.
export { parseAnswer, type RejectedTrack, type UploadAnswer } from './answer.ts'
export {
  type ClockReading,
  type ClockState,
  type ClockWatch,
  createClockWatch,
  type DeviceClock,
} from './clock.ts'
export { type Compression, identity, webGzip } from './compression.ts'
export { type FileQueueOptions, openFileQueue } from './file-queue.ts'
export type { Files } from './files.ts'
export {
  createMemoryQueue,
  defaultQueueBounds,
  type MemoryQueue,
  type QueueBounds,
  QueueFullError,
  type Rejection,
  type UploadQueue,
} from './queue.ts'
export {
  createRecorder,
  defaultSealPolicy,
  type Recorder,
  type RecorderOptions,
  type RecordOutcome,
  type SealPolicy,
} from './recorder.ts'
export { defaultRetryPolicy, parseRetryAfterMs, pauseMs, type RetryPolicy } from './retry.ts'
export { type AttemptBody, encodeAttempt, type SealedUpload, sealUpload } from './seal.ts'
export { permanentStatuses, type SendOptions, type SendOutcome, sendAttempt } from './send.ts'
export type { Values } from './track-builder.ts'
export {
  createUploader,
  type Step,
  type UploadEvent,
  type Uploader,
  type UploaderOptions,
} from './uploader.ts'
