// From the body as it travelled to the bytes of the Upload message, under the limits of size and ratio; with node:zlib, which Node,
// Deno, Bun and workerd all have.
import { promisify } from 'node:util'
import { brotliDecompress, brotliDecompressSync, gunzip, gunzipSync, type ZlibOptions } from 'node:zlib'
import type { Compression, Decompress, Decompressed, EdgeLimits } from './ports.ts'
import type { Refusal } from './problem.ts'

/** What `info: true` adds to node:zlib's results: how much of the input was used. */
interface Inflated {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

type Asynchronous = (bytes: Uint8Array, options: ZlibOptions) => Promise<unknown>

const atOnce = { gzip: gunzipSync, br: brotliDecompressSync }
const inBackground: Record<Compression, Asynchronous> = {
  gzip: promisify(gunzip) as Asynchronous,
  br: promisify(brotliDecompress) as Asynchronous,
}

/** Below this, going to another thread costs more than the work. Bounds how long one body keeps the others waiting. */
const atOnceBytes = 32 * 1024

export const decompress: Decompress = async (bytes, compression, maxBytes) => {
  const options = { info: true, maxOutputLength: maxBytes }
  try {
    const inflated = (bytes.length <= atOnceBytes
      ? atOnce[compression](bytes, options)
      : await inBackground[compression](bytes, options)) as unknown as Inflated
    return whole(inflated, bytes.length)
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string }
    if (code === 'ERR_BUFFER_TOO_LARGE')
      return { ok: false, fault: 'too_large', detail: `beyond ${maxBytes}` }
    return { ok: false, fault: 'undecodable', detail: message ?? 'not decodable' }
  }
}

function whole({ buffer, engine }: Inflated, length: number): Decompressed {
  const tail = length - engine.bytesWritten
  if (tail === 0) return { ok: true, bytes: buffer }
  return { ok: false, fault: 'undecodable', detail: `${tail} bytes follow the compressed stream` }
}

/** The most a body of that size may decompress to, with the usual limits: 1 kB → 256 KiB, 10 kB → 1 MB, 1 MB → 8 MiB. */
export function decompressedBound(bodyBytes: number, limits: EdgeLimits): number {
  return Math.min(limits.decompressedBytes, Math.max(limits.ratioFreeBytes, bodyBytes * limits.ratio))
}

/** The decompressed bytes; refused when they are too many for their limit or for the size of the body, or no complete stream. */
export async function unpack(
  body: Uint8Array,
  compression: Compression | undefined,
  { decompress, limits }: { decompress: Decompress; limits: EdgeLimits },
): Promise<Uint8Array | Refusal> {
  if (compression === undefined) return body
  const maxBytes = decompressedBound(body.length, limits)
  const outcome = await decompress(body, compression, maxBytes)
  if (outcome.ok) return outcome.bytes
  if (outcome.fault === 'undecodable') return { refused: 'body_undecodable', detail: outcome.detail }
  return maxBytes === limits.decompressedBytes
    ? {
        refused: 'decompressed_too_large',
        detail: `more than ${maxBytes} bytes after decompression`,
        limit: maxBytes,
      }
    : {
        refused: 'ratio_too_high',
        detail: `${body.length} bytes decompress to more than ${maxBytes}`,
        limit: limits.ratio,
      }
}
