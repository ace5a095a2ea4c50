// For runtimes without a way to Kafka: hands accepted tracks to an edge that has one, and acknowledges only what it did.
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import type { Clock, Publish } from '../ports.ts'

export const forwardPath = '/internal/v1/tracks'
export const framesType = 'application/x-protobuf-delimited'

interface ForwardOptions {
  /** Address of the edge that writes to Kafka. */
  readonly url: string
  readonly secret: string
  readonly clock: Clock
  readonly fetch?: typeof fetch
  readonly timeoutMs?: number
}

export interface Forward {
  readonly publish: Publish
  trouble(): string | undefined
}

/** After a failure, so long is nothing tried: the next one would most likely only cost time. */
const pauseMs = 1_000

/** One request an upload: a runtime such as workerd lets no two requests share their input and output. */
export function createForward({ url, secret, clock, timeoutMs = 10_000, ...rest }: ForwardOptions): Forward {
  const send = rest.fetch ?? fetch
  const target = new URL(forwardPath, url).href
  let failedAtMs = Number.NEGATIVE_INFINITY

  async function publish(tracks: Parameters<Publish>[0]): Promise<void> {
    const response = await send(target, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': framesType },
      body: writeFrames(tracks.map(({ value }) => value)),
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.body?.cancel()
    if (response.status !== 202) throw new Error(`the forwarded tracks were answered with ${response.status}`)
  }

  return {
    publish: (tracks) =>
      publish(tracks).catch((error: unknown) => {
        failedAtMs = clock.monotonicMs()
        throw error
      }),
    trouble: () =>
      clock.monotonicMs() - failedAtMs < pauseMs
        ? 'the edge behind this one does not take tracks'
        : undefined,
  }
}

/** RawTrack envelopes, each with its length in front (protobuf's "delimited" framing): `[7, 8], [9]` → `2, 7, 8, 1, 9`. */
export function writeFrames(envelopes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  for (const envelope of envelopes) writer.bytes(envelope)
  return writer.finish() as Uint8Array<ArrayBuffer>
}

/** Views into `bytes`. Throws on a cut frame. */
export function readFrames(bytes: Uint8Array, maxFrames: number): Uint8Array[] {
  const reader = new BinaryReader(bytes)
  const frames: Uint8Array[] = []
  while (reader.pos < reader.len) {
    if (frames.length === maxFrames) throw new RangeError(`more than ${maxFrames} tracks`)
    frames.push(reader.bytes())
    if (reader.pos > reader.len) throw new RangeError('the last track is cut off')
  }
  return frames
}
