// How a body is packed for its way: as it should be, mislabelled, damaged, or as a bomb.
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import { limits } from '../../proto/index.ts'
import type { Random } from '../../simulator/index.ts'
import { concat, damaged } from './mutations.ts'

export interface Packed {
  /** Of the header `content-encoding`; without, there is none. */
  readonly encoding?: string
  readonly body: Uint8Array
}

// Small windows: most of the price of a small body is the compressor's memory.
const quickGzip = { level: 1, windowBits: 10, memLevel: 2 }
const quickBrotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 12 } }
const gzip = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes, quickGzip))
const brotli = (bytes: Uint8Array) => new Uint8Array(brotliCompressSync(bytes, quickBrotli))

const sound = {
  none: (body: Uint8Array): Packed => ({ body }),
  identity: (body: Uint8Array): Packed => ({ encoding: 'identity', body }),
  gzip: (body: Uint8Array): Packed => ({ encoding: 'gzip', body: gzip(body) }),
  'x-gzip': (body: Uint8Array): Packed => ({ encoding: 'X-GZip', body: gzip(body) }),
  br: (body: Uint8Array): Packed => ({ encoding: 'br', body: brotli(body) }),
} as const

/** In an encoding of the contract. */
export function packed(body: Uint8Array, random: Random): Packed {
  return random.pick(Object.values(sound))(body)
}

/** `none`: no header. */
const labels = ['none', 'identity', 'gzip', 'br', 'deflate', 'zstd', 'gzip, br', 'br, gzip', '*', '']

/** In a way that the contract does not have, or that is broken on its way. */
export function badlyPacked(body: Uint8Array, random: Random): Packed {
  const { encoding = 'none', body: bytes } = random.pick([sound.gzip, sound.br])(body)
  const labelled = (label: string, what: Uint8Array): Packed => ({
    ...(label !== 'none' && { encoding: label }),
    body: what,
  })
  const ways = [
    () => labelled(encoding, damaged(bytes, random)),
    () => labelled(encoding, bytes.subarray(0, random.integer(0, bytes.length - 1))),
    () => labelled(encoding, concat(bytes, bytes)),
    () => labelled(encoding, concat(bytes, damaged(bytes, random))),
    () => labelled(encoding, gzip(bytes)),
    () => labelled(encoding, new Uint8Array(0)),
    () => labelled(random.pick(labels), bytes),
    () => labelled(random.pick(labels), new Uint8Array(deflateSync(body))),
  ]
  return random.pick(ways)()
}

const mebibyte = 1024 ** 2

/** Made once: what decompresses to more than the contract allows, by size or by ratio, or is too large as it comes. */
export function createBombs(): readonly Packed[] {
  const zeros = (mebibytes: number) => new Uint8Array(mebibytes * mebibyte)
  // One field of the upload after the other, none of which has anything in it.
  const fieldsOnly = new Uint8Array(limits.decompressedBytes + 2).fill(0x1a)
  for (let i = 1; i < fieldsOnly.length; i += 2) fieldsOnly[i] = 0
  const nested = gzip(gzip(zeros(64)))
  return [
    { encoding: 'gzip', body: gzip(zeros(64)) },
    { encoding: 'br', body: brotli(zeros(256)) },
    { encoding: 'gzip', body: nested },
    { encoding: 'br', body: brotli(fieldsOnly) },
    { encoding: 'gzip', body: gzip(fieldsOnly.subarray(0, mebibyte)) },
    { body: fieldsOnly.subarray(0, limits.compressedBytes) },
    { encoding: 'gzip', body: fieldsOnly.subarray(0, limits.compressedBytes + 1) },
    { body: zeros(4) },
  ]
}
