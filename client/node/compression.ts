// Compression by node:zlib.
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Compression } from '../compression.ts'

const gzipBytes = promisify(gzip)
const brotliBytes = promisify<Uint8Array, object, Buffer>(brotliCompress)

export const nodeGzip: Compression = {
  encoding: 'gzip',
  compress: async (bytes) => owned(await gzipBytes(bytes)),
}

/** Quality 11 costs a phone milliseconds a batch and saves three percent of its traffic against 9. */
export function nodeBrotli({ quality = 11 } = {}): Compression {
  return {
    encoding: 'br',
    compress: async (bytes) =>
      owned(
        await brotliBytes(bytes, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: quality,
            [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
          },
        }),
      ),
  }
}

function owned(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer)
}
