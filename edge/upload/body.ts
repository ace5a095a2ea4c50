// Reads or drains a request's body within limits of bytes, time and speed; memory is reserved as the body arrives.
import type { Reservation } from '../limits/in-flight.ts'
import type { BodyTime } from '../ports.ts'
import { busy, type Refusal } from '../problem.ts'
import { tooLarge } from './admit.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly time: BodyTime
  /** Grows with the body beyond `firstPieceBytes`. */
  readonly reservation: Reservation
}

/** Up to here the announced size counts before the body has come; what lies beyond is reserved as it arrives. */
export const firstPieceBytes = 8 * 1024

/**
 * A small body with a content length, which HTTP itself enforces, is collected by the runtime; any other is counted chunk
 * by chunk. `contentLength` has been checked against the limit.
 */
export async function readBody(
  request: Request,
  contentLength: number | undefined,
  limits: BodyLimits,
): Promise<Uint8Array | Refusal> {
  const isSmall = contentLength !== undefined && contentLength <= firstPieceBytes
  // The runtime does not tell how much of a small body has come: it has as long as the least speed takes for all of it.
  const deadline = startDeadline(limits.time, isSmall ? contentLength : 0)
  try {
    const body = isSmall ? whole(request, limits) : collect(request.body, limits, deadline)
    return await Promise.race([body, deadline.passed])
  } catch (error) {
    return {
      refused: 'body_cut_off',
      detail: error instanceof Error ? error.message : 'the body ended early',
    }
  } finally {
    deadline.cancel()
  }
}

/**
 * Takes in what a refused request still sends. Many clients read nothing before they have written all, and a runtime that
 * has answered resets the connection, so that they would never see why. Resolves when the body has ended, or is beyond the bound of
 * bytes or time.
 */
export async function drainBody({ body, bodyUsed, headers }: Request, time: BodyTime): Promise<void> {
  const length = headers.get('content-length')
  const maxBytes = length === null ? mostDrainedBytes.inChunks : mostDrainedBytes.withLength
  if (body === null || bodyUsed || Number(length) > maxBytes) return
  const deadline = startDeadline(time)
  await discard(body.getReader(), { maxBytes, deadline }).finally(deadline.cancel)
}

/** A body without a length may have no end. */
const mostDrainedBytes = { withLength: 16 * 1024 * 1024, inChunks: 4 * 1024 * 1024 }

async function discard(reader: Reader, of: { maxBytes: number; deadline: Deadline }): Promise<void> {
  const { maxBytes, deadline } = of
  try {
    for (let bytes = 0; bytes <= maxBytes; ) {
      const part = await Promise.race([reader.read(), deadline.passed])
      if ('refused' in part) break
      if (part.done) return
      bytes += part.value.length
      deadline.came(part.value.length)
    }
    void reader.cancel().catch(() => undefined)
  } catch {
    // Who has gone away needs no answer.
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

async function whole(request: Request, { maxBytes }: BodyLimits): Promise<Uint8Array | Refusal> {
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length > maxBytes ? tooLarge(maxBytes) : bytes
}

async function collect(
  stream: ReadableStream<Uint8Array> | null,
  { maxBytes, reservation }: BodyLimits,
  deadline: Deadline,
): Promise<Uint8Array | Refusal> {
  if (stream === null) return new Uint8Array(0)
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const part = await Promise.race([reader.read(), deadline.passed])
    if ('refused' in part || part.done) {
      if ('refused' in part) void reader.cancel().catch(() => undefined)
      return 'refused' in part ? part : concat(chunks, size)
    }
    size += part.value.length
    deadline.came(part.value.length)
    const isTooLarge = size > maxBytes
    if (isTooLarge || !reservation.cover(size)) {
      reservation.release()
      chunks.length = 0
      await discard(reader, { maxBytes: mostDrainedBytes.inChunks, deadline })
      return isTooLarge ? tooLarge(maxBytes) : busy
    }
    chunks.push(part.value)
  }
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

interface Deadline {
  readonly passed: Promise<Refusal>
  /** So many more bytes have come. */
  came(bytes: number): void
  cancel(): void
}

/** Passes when the body has taken its longest, or is behind the least speed; `bytes` count as come. */
function startDeadline({ longestMs, graceMs, leastBytesPerMs }: BodyTime, bytes = 0): Deadline {
  const { promise: passed, resolve } = Promise.withResolvers<Refusal>()
  let allowedMs = Math.min(longestMs, graceMs + bytes / leastBytesPerMs)
  let waitedMs = 0
  let timer: ReturnType<typeof setTimeout>
  const wait = () => {
    const ms = allowedMs - waitedMs
    timer = setTimeout(() => {
      waitedMs += ms
      if (waitedMs < allowedMs) wait()
      else
        resolve({ refused: 'body_timeout', detail: `the body was not here after ${Math.round(waitedMs)} ms` })
    }, ms)
  }
  wait()
  return {
    passed,
    came(more) {
      allowedMs = Math.min(longestMs, allowedMs + more / leastBytesPerMs)
    },
    cancel: () => clearTimeout(timer),
  }
}
