import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutChunks } from './chunks.ts'
import { documentTemplate } from './document-writer.ts'
import { openTrack } from './planned-track.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'

const month = Date.UTC(2025, 2)

test('every pending sample is in exactly one chunk, of its own month and group, within the limits', async () => {
  const tracks = fc.array(
    fc.record({
      kind: fc.constantFrom('ride' as const, 'battery' as const),
      startMs: fc.integer({ min: month - 40_000, max: month + 40_000 }),
      count: fc.integer({ min: 1, max: 60 }),
      first: fc.integer({ min: 0, max: 10 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(tracks, fc.integer({ min: 1, max: 50 }), async (all, limit) => {
      const opened = all.map(({ kind, startMs, count, first }) => {
        const timesMs = Array.from({ length: count }, (_, i) => startMs + i * 1_000)
        const columns =
          kind === 'ride' ? [] : [{ key: 'voltage_v' as const, values: timesMs.map(() => 36_000) }]
        const from = Math.min(first, count - 1)
        const ranges = [{ first: from, count: count - from }]
        return openTrack(cleanTrack({ bikeId: newId(), recorderId: newId(), kind, timesMs, columns, ranges }))
      })
      const seen = new Set<string>()
      for await (const { partition, slices, samples } of cutChunks(opened, {
        samples: limit,
        bytes: 5_000,
      })) {
        expect(samples).toBeLessThanOrEqual(limit)
        expect(samples).toBe(slices.reduce((sum, slice) => sum + slice.samples.length, 0))
        for (const { plan, track, samples: positions } of slices) {
          for (const position of positions) {
            const timeMs = track.timesMs[position] as number
            expect(timeMs >= partition.fromMs && timeMs < partition.toMs).toBe(true)
            expect(partition.group).toBe(track.kind === 'ride' ? 'ride' : 'system')
            seen.add(`${plan.trackId} ${position}`)
          }
        }
      }
      const pending = opened.reduce(
        (sum, { plan }) => sum + plan.outcomes.filter((outcome) => outcome === 1).length,
        0,
      )
      expect(seen.size).toBe(pending)
    }),
    { numRuns: 50 },
  )
})

async function sizesOf(counts: readonly number[], limits: { samples: number; bytes: number }) {
  const tracks = counts.map((count, i) =>
    openTrack(
      cleanTrack({
        ...{ bikeId: newId(), recorderId: newId() },
        timesMs: Array.from({ length: count }, (_, n) => month + i * 1_000_000 + n),
      }),
    ),
  )
  const sizes: number[] = []
  for await (const chunk of cutChunks(tracks, limits)) {
    sizes.push(chunk.samples)
    const bytes = chunk.slices.reduce(
      (sum, { samples, template }) => sum + samples.length * template.maxBytes,
      0,
    )
    expect(chunk.maxBytes).toBe(bytes)
  }
  return sizes
}

test('chunks are filled across tracks, up to the number of samples', async () => {
  expect(await sizesOf([3, 3, 3], { samples: 4, bytes: 1e6 })).toEqual([4, 4, 1])
  expect(await sizesOf([4], { samples: 4, bytes: 1e6 })).toEqual([4])
})

test('… and up to the bytes that documents may have; a document beyond them goes alone', async () => {
  const [one] = [openTrack(cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs: [month] }))]
  const bytes = documentTemplate(one).maxBytes
  expect(await sizesOf([5], { samples: 100, bytes: 2 * bytes })).toEqual([2, 2, 1])
  expect(await sizesOf([5], { samples: 100, bytes: 3 * bytes - 1 })).toEqual([2, 2, 1])
  expect(await sizesOf([3], { samples: 100, bytes: 1 })).toEqual([1, 1, 1])
})

test('a track across the end of a month goes to both partitions, the first millisecond to the later one', async () => {
  const end = Date.UTC(2025, 3)
  const timesMs = [end - 1, end, end + 1]
  const open = openTrack(cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs }))
  const seen: unknown[] = []
  for await (const { partition, slices } of cutChunks([open], { samples: 100, bytes: 1e6 })) {
    seen.push([partition.fromMs, slices.flatMap(({ samples }) => samples)])
  }
  expect(seen).toEqual([
    [month, [0]],
    [end, [1, 2]],
  ])
})

test('the clock offset decides the month', async () => {
  const open = openTrack(
    cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs: [month], offsetMs: -1, receivedAtMs: month }),
  )
  for await (const { partition } of cutChunks([open], { samples: 1, bytes: 1 })) {
    expect(partition.toMs).toBe(month)
  }
})
