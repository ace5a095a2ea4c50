// The contract that edge, core and clients share: the codec of uploads and tracks, and the generated envelopes.
export { type Field, type FieldKey, fields, type Kind, kindNumbers, kinds } from './codec/fields.ts'
export { isUuid, uuidBytes, uuidText, uuidV7Bytes } from './codec/ids.ts'
export { limits } from './codec/limits.ts'
export * from './codec/malformation.ts'
export {
  type Column,
  type DecodedTrack,
  readTrack,
  type Track,
  type TrackClock,
  writeTrack,
} from './codec/track.ts'
export { type AttemptClock, readUpload, type Upload, writeUpload } from './codec/upload.ts'
export * from './gen/mobility/telemetry/v1/pipeline_pb.js'
