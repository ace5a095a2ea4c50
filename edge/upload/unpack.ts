// From the body as it travelled to the bytes of the Upload message, under the limits of size and ratio.
import type { Compression, Decompress, EdgeLimits } from '../ports.ts'
import type { Refusal } from '../problem.ts'

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
