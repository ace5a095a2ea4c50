import { brotliCompressSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collectGarbage } from '../testkit/collect-garbage.ts'
import { inheritedWords } from '../testkit/foreign-words.ts'
import { answers } from './answers.ts'
import {
  createMemoryEdge,
  gzipped,
  rideTrack,
  testLimits,
  uploadBytes,
  uploadRequest,
} from './testing/memory-edge.ts'

const off = { perSecond: 0, burst: 1 }
const edge = createMemoryEdge({ limits: { ...testLimits, perAddress: off, perSender: off } })
const statusOf = async (body: Uint8Array, encoding?: string) =>
  (await edge.fetch(uploadRequest({ body, headers: { 'content-encoding': encoding } }))).status

describe('whatever a client sends, the edge is not at fault', () => {
  const encodings = fc.constantFrom(undefined, 'gzip', 'br')

  test('random bodies get 4xx', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), encodings, async (body, encoding) => {
        expect(await statusOf(body, encoding)).toBeGreaterThanOrEqual(400)
        expect(await statusOf(body, encoding)).toBeLessThan(500)
      }),
    )
  })

  test('damaged uploads get 202 or 4xx', async () => {
    const good = uploadBytes([rideTrack({ samples: 20 }), rideTrack()])
    const damages = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(damages, fc.boolean(), async (changes, compress) => {
        const bytes = good.slice()
        for (const [at, value] of changes) bytes[at] = value
        const { status } = await edge.fetch(uploadRequest(compress ? gzipped(bytes) : { body: bytes }))
        expect(status === 202 || (status >= 400 && status < 500)).toBe(true)
      }),
    )
  })

  test('random headers get 4xx, with a documented reason', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
      fc.constantFrom(...inheritedWords),
    )
    const names = fc.constantFrom('authorization', 'content-type', 'content-encoding', 'content-length')
    await fc.assert(
      fc.asyncProperty(names, text, async (name, value) => {
        const response = await edge.fetch(uploadRequest({ headers: { [name]: value } }))
        if (response.status === 202) return
        const body = (await response.json()) as { reason: string; status: number }
        expect(body.status).toBe(response.status)
        expect(Object.hasOwn(answers, body.reason)).toBe(true)
        expect(response.status).toBeLessThan(500)
      }),
    )
  })
})

test.each([
  ['gzip', gzipSync(new Uint8Array(1_000_000_000), { level: 9 })],
  ['br', brotliCompressSync(new Uint8Array(1_000_000_000))],
])('a gigabyte in %s is refused with 413, and no upload of it takes 20 MB', async (encoding, bomb) => {
  for (let i = 0; i < 20; i++) {
    collectGarbage()
    const before = process.memoryUsage().arrayBuffers
    expect(await statusOf(bomb, encoding)).toBe(413)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
  }
})
