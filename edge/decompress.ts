// Decompression with node:zlib, which Node, Deno, Bun and workerd all have.
import { promisify } from 'node:util'
import { brotliDecompress, brotliDecompressSync, gunzip, gunzipSync, type ZlibOptions } from 'node:zlib'
import type { Compression, Decompress, Decompressed } from './ports.ts'

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
