// Sealing: tracks become an upload with an id that all its attempts share; each attempt stamps the clocks anew.
import {
  type AttemptClock,
  limits,
  MalformedError,
  type Track,
  uuidText,
  uuidV7Bytes,
  writeTrack,
  writeUpload,
} from '../proto/index.ts'
import { type Compression, identity } from './compression.ts'

/** What is kept until the edge has answered for every track. */
export interface SealedUpload {
  /** UUIDv7, the same in every attempt. */
  readonly uploadId: string
  /** Each the bytes of a Track. */
  readonly tracks: readonly Uint8Array[]
}

/** Body and headers of one HTTP attempt; the caller adds `authorization`. */
export interface AttemptBody {
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/** Throws MalformedError when a track is one the edge would refuse, or when they are too many or none. */
export function sealUpload({ tracks, nowMs }: { tracks: readonly Track[]; nowMs?: number }): SealedUpload {
  if (tracks.length === 0) throw new MalformedError('upload_empty', 'an upload has at least one track')
  if (tracks.length > limits.tracksPerUpload) {
    throw new MalformedError('too_many_tracks', `${tracks.length} tracks, at most ${limits.tracksPerUpload}`)
  }
  return { uploadId: uuidText(uuidV7Bytes(nowMs)), tracks: tracks.map((track) => writeTrack(track)) }
}

/** The request of one attempt, with the device's clocks at this moment. */
export async function encodeAttempt(
  upload: SealedUpload,
  attempt: AttemptClock,
  compression: Compression = identity,
): Promise<AttemptBody> {
  const plain = writeUpload({ ...upload, attempt }) as Uint8Array<ArrayBuffer>
  return {
    body: await compression.compress(plain),
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': compression.encoding },
  }
}
