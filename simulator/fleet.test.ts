import { expect, test } from 'vitest'
import { type Track, writeTrack } from '../proto/index.ts'
import { type PlannedUpload, simulateFleet } from './fleet.ts'
import { countSamples } from './series.ts'

const fleet = [...simulateFleet({ bikes: 12, days: 7, seed: 42 })]
const identities = ({ tracks, truth }: PlannedUpload) =>
  tracks.flatMap(({ bikeId, recorderId, kind }, i) =>
    [...(truth[i]?.timesMs ?? [])].map((timeMs) => [bikeId, recorderId, kind, timeMs].join()),
  )

test('the same options give the same uploads', () => {
  const some = { bikes: 2, days: 3, seed: 42 }
  expect([...simulateFleet(some)]).toEqual([...simulateFleet(some)])
})

test('every circumstance happens', () => {
  expect(new Set(fleet.map(({ circumstance }) => circumstance))).toEqual(
    new Set(['plain', 'dead zone', 'restarted', 'late']),
  )
})

test('every track can be written, and its clock has one offset', () => {
  for (const { tracks, truth } of fleet) {
    for (const [i, track] of tracks.entries()) {
      expect(() => writeTrack(track)).not.toThrow()
      const offsets = [...(truth[i]?.timesMs ?? [])].map((trueMs, n) => (track.timesMs[n] as number) - trueMs)
      expect(new Set(offsets).size).toBe(1)
    }
  }
})

test('one epoch of one recorder has one error: what is decided once holds for all of it', () => {
  const errors = new Map<string, number>()
  const errorOf = (track: Track, trueMs: number) => (track.timesMs[0] as number) - trueMs
  for (const { tracks, truth } of fleet) {
    for (const [i, track] of tracks.entries()) {
      const key = `${track.recorderId} ${track.clock.clockEpoch}`
      const error = errorOf(track, truth[i]?.timesMs[0] as number)
      expect(errors.get(key) ?? error).toBe(error)
      errors.set(key, error)
    }
  }
  expect([...errors.values()].some((error) => error > 60_000)).toBe(true)
  expect([...errors.values()].some((error) => error < -60_000)).toBe(true)
})

test('clocks are right about the age of what is sent in the boot in which it was recorded', () => {
  for (const { tracks, truth, attempt, deliverAtMs } of fleet) {
    for (const [i, { clock }] of tracks.entries()) {
      if (clock.bootId !== attempt.bootId) continue
      const ageMs = attempt.monotonicMs - (clock.monotonicStartMs as number)
      expect(deliverAtMs - ageMs).toBe(truth[i]?.timesMs[0])
    }
  }
})

test('nothing is sent before it is recorded, and repeats name exactly what was sent before', () => {
  const seen = new Set<string>()
  for (const upload of fleet) {
    const ids = identities(upload)
    const last = Math.max(...upload.truth.map(({ timesMs }) => timesMs.at(-1) as number))
    expect(upload.deliverAtMs).toBeGreaterThan(last)
    expect(ids.filter((id) => seen.has(id))).toHaveLength(upload.repeated)
    expect(ids).toHaveLength(countSamples(upload.truth))
    for (const id of ids) seen.add(id)
  }
})

test('a fleet of any size streams: the first upload costs one bike-day', () => {
  const uploads = simulateFleet({ bikes: 2_000_000, days: 365, seed: 1 })
  expect(uploads.next().done).toBe(false)
})
