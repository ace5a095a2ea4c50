import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutChunks } from './chunks.ts'
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
