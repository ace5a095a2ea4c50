import { expect, test } from 'vitest'
import { decompressedBound, unpack } from './decompress.ts'
import type { Decompress, Decompressed } from './ports.ts'
import { testLimits } from './testing/memory-edge.ts'

const limits = { ...testLimits, decompressedBytes: 1_000, ratio: 10, ratioFreeBytes: 50 }
const body = Uint8Array.of(1, 2, 3)

/** Unpacks with a decompressor that gives that; tells how it was asked. */
async function unpacked(outcome: Decompressed, bytes = body) {
  const asked: unknown[] = []
  const decompress: Decompress = (...args) => {
    asked.push(args)
    return outcome
  }
  return { result: await unpack(bytes, 'br', { decompress, limits }), asked }
}

test.each([
  [0, 50],
  [5, 50],
  [6, 60],
  [99, 990],
  [101, 1_000],
])(
  'a body of %i bytes may decompress to %i: the ratio counts between what is free and the limit',
  (bytes, bound) => {
    expect(decompressedBound(bytes, limits)).toBe(bound)
  },
)

test('a body that is not compressed is taken as it is', async () => {
  const decompress = () => Promise.reject(new Error('nothing to decompress'))
  expect(await unpack(body, undefined, { decompress, limits })).toBe(body)
})

test('what comes out is taken, decompressed within the bound of its size', async () => {
  const bytes = Uint8Array.of(7)
  const { result, asked } = await unpacked({ ok: true, bytes })
  expect(result).toBe(bytes)
  expect(asked).toEqual([[body, 'br', 50]])
})

test.each<[string, Decompressed, number, object]>([
  [
    'undecodable',
    { ok: false, fault: 'undecodable', detail: 'cut' },
    3,
    { refused: 'body_undecodable', detail: 'cut' },
  ],
  [
    'beyond the ratio',
    { ok: false, fault: 'too_large', detail: '' },
    6,
    { refused: 'ratio_too_high', detail: '6 bytes decompress to more than 60', limit: 10 },
  ],
  [
    'beyond the limit',
    { ok: false, fault: 'too_large', detail: '' },
    100,
    { refused: 'decompressed_too_large', detail: 'more than 1000 bytes after decompression', limit: 1_000 },
  ],
])('%s is refused as such', async (_, outcome, size, refusal) => {
  expect((await unpacked(outcome, new Uint8Array(size))).result).toEqual(refusal)
})
