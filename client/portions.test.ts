// Uploads that are too large: sent in halves until they fit, under the same id, without a track lost or sent in vain.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryQueue } from './queue.ts'
import { answerText, type LocalEdge, startLocalEdge } from './testing/local-edge.ts'
import { newUpload, numbers } from './testing/uploads.ts'
import { createUploader } from './uploader.ts'

let edge: LocalEdge

beforeAll(async () => {
  edge = await startLocalEdge()
})

afterAll(() => edge.close())

/** Uploads everything to an edge that takes so many tracks at once; tells what was taken, and what put aside. */
async function upload(options: { tracks: number; atOnce: number; tooLarge?: number; temporary?: number }) {
  const { tracks, atOnce, tooLarge, temporary } = options
  edge.received.length = 0
  const taken: number[] = []
  const postponed = new Set<number>()
  edge.answer((received) => {
    const all = numbers(received.tracks)
    if (all.length > atOnce || all.includes(tooLarge ?? -1)) return { status: 413, body: '{"reason":"x"}' }
    const later = all.findIndex((number) => number === temporary && !postponed.has(number))
    if (later >= 0) postponed.add(all[later] as number)
    taken.push(...all.filter((_, i) => i !== later))
    return { body: answerText(received, later >= 0 ? { [later]: true } : {}) }
  })
  const queue = createMemoryQueue()
  const sealed = newUpload({ tracks })
  await queue.add(sealed)
  const uploader = createUploader({
    queue,
    url: edge.url,
    token: async () => 'a-token',
    stamp: () => ({ sentAtMs: 1, bootId: 1, monotonicMs: 0, clockEpoch: 1 }),
    retry: { firstMs: 1, longestMs: 5 },
  })
  await uploader.run({ signal: AbortSignal.timeout(10_000), untilEmpty: true })
  expect(await queue.ids()).toEqual([])
  expect(edge.received.every(({ uploadId }) => uploadId === sealed.uploadId)).toBe(true)
  return { taken, putAside: queue.rejected }
}

test('an upload that is too large goes in halves', async () => {
  const { taken, putAside } = await upload({ tracks: 5, atOnce: 2 })
  expect(edge.arrivals()).toEqual([[0, 1, 2, 3, 4], [0, 1, 2], [0, 1], [2, 3], [4]])
  expect(taken).toEqual([0, 1, 2, 3, 4])
  expect(putAside).toEqual([])
})

test('a track that is too large by itself is put aside with the answer, and no other one', async () => {
  const { taken, putAside } = await upload({ tracks: 4, atOnce: 4, tooLarge: 2 })
  expect(taken).toEqual([0, 1, 3])
  expect(putAside.map(({ upload }) => numbers(upload.tracks))).toEqual([[2]])
  expect(putAside[0]?.rejection).toEqual({ kind: 'upload', status: 413, body: '{"reason":"x"}' })
})

test('whatever fits at once, every track is taken once or put aside', async () => {
  const options = fc.record({
    tracks: fc.integer({ min: 1, max: 12 }),
    atOnce: fc.integer({ min: 1, max: 12 }),
    tooLarge: fc.integer({ min: 0, max: 15 }),
    temporary: fc.integer({ min: 0, max: 15 }),
  })
  await fc.assert(
    fc.asyncProperty(options, async (given) => {
      const { taken, putAside } = await upload(given)
      const all = [...taken, ...putAside.flatMap(({ upload }) => numbers(upload.tracks))]
      expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: given.tracks }, (_, i) => i))
    }),
    { numRuns: 40 },
  )
})
