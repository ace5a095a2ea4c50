// Reads a request's body within a limit of bytes and of time.
import type { Refusal } from '../problem.ts'
import { tooLarge } from './admit.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
}

/**
 * With a content length, which HTTP itself enforces, the runtime collects the body; without one it is counted chunk by
 * chunk. `contentLength` has been checked against the limit.
 */
export async function readBody(
  request: Request,
  contentLength: number | undefined,
  limits: BodyLimits,
): Promise<Uint8Array | Refusal> {
  const deadline = startDeadline(limits.timeoutMs)
  try {
    const body =
      contentLength === undefined ? collect(request.body, limits, deadline) : whole(request, limits)
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

async function whole(request: Request, { maxBytes }: BodyLimits): Promise<Uint8Array | Refusal> {
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length > maxBytes ? tooLarge(maxBytes) : bytes
}

async function collect(
  stream: ReadableStream<Uint8Array> | null,
  { maxBytes }: BodyLimits,
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
    if (size > maxBytes) {
      void reader.cancel().catch(() => undefined)
      return tooLarge(maxBytes)
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
  cancel(): void
}

function startDeadline(timeoutMs: number): Deadline {
  let timer: ReturnType<typeof setTimeout> | undefined
  const passed = new Promise<Refusal>((resolve) => {
    const refusal: Refusal = { refused: 'body_timeout', detail: `the body took more than ${timeoutMs} ms` }
    timer = setTimeout(() => resolve(refusal), timeoutMs)
  })
  return { passed, cancel: () => clearTimeout(timer) }
}
