// The contract of telemetry that edge, core and clients share: the codec of uploads and tracks, and the generated envelopes.
// Those of commands, bikes and statements are imported from gen/ where they are needed.
export { type CarriedPart, checkParts, readParts } from './codec/carried-part.ts'
export { type Field, type FieldKey, fields, type Kind, kinds, limits } from './codec/fields.ts'
export { isUuid, uuidBytes, uuidText, uuidV7Bytes } from './codec/ids.ts'
export * from './codec/malformation.ts'
export { checkTrack, countSamples, readTrack } from './codec/read-track.ts'
export type { Column, DecodedTrack, Track } from './codec/track.ts'
export { type AttemptClock, readUpload, type Upload, writeUpload } from './codec/upload.ts'
export { writeTrack } from './codec/write-track.ts'
export * from './gen/mobility/telemetry/v1/pipeline_pb.js'
