import { expect, test } from 'vitest'
import { createBike } from '../simulator/index.ts'
import { expectationOf, lastOdometerM } from './expectation.ts'
import { createPlan } from './plan.ts'
import type { SourceRide } from './rides-csv.ts'
import { roles } from './roles.ts'

const nowMs = Date.UTC(2026, 10, 23, 23)
const rides = (count: number, seconds = 600): SourceRide[] =>
  Array.from({ length: count }, (_, i) => ({
    file: `ride ${i + 1}`,
    series: createBike(1, i).ride({ startMs: Date.UTC(2023, 6, 6, 9), seconds }),
  }))
const plan = createPlan({ rides: rides(24), nowMs })
const rideOf = (role: string) => plan.rides.find((ride) => ride.role === role)
/** Of a ride whose times are seconds nothing counts. */
const counting = plan.rides.filter(({ role }) => role !== 'seconds')
const deliveries = plan.rides.flatMap((ride) => ride.deliveries)
const day = 86_400_000

test('every trouble is there once, a repeat for a tenth of the uploads', () => {
  const count = (purpose: string) => deliveries.filter((one) => one.purpose === purpose).length
  expect(count('corrupt')).toBe(1)
  expect(count('conflict')).toBe(1)
  expect(count('repeat')).toBe(Math.floor(count('plain') / 10))
  for (const role of roles) expect(rideOf(role)).toBeDefined()
  expect(plan.leftOut).toEqual([])
})

test('rides ended shortly before now, the late one eight months ago', () => {
  for (const { role, truth } of counting) {
    const endMs = Math.max(...truth.map(({ timesMs }) => timesMs.at(-1) as number))
    const months = role === 'late' ? 8 : 0
    expect(endMs).toBeLessThan(nowMs)
    expect(nowMs - endMs).toBeGreaterThan(months * 30 * day)
    expect(nowMs - endMs).toBeLessThan(months * 31 * day + 120_000)
  }
})

test('wrong clocks show in the recorded times, not in the truth', () => {
  const error = (role: string) => {
    const ride = rideOf(role)
    return (ride?.deliveries[0]?.tracks[0]?.timesMs[0] ?? 0) - (ride?.truth[0]?.timesMs[0] ?? 0)
  }
  expect(error('fast')).toBe(3 * day)
  expect(new Date(rideOf('stuck')?.deliveries[0]?.tracks[0]?.timesMs[0] ?? 0).getUTCFullYear()).toBe(2019)
  expect(error('honest')).toBe(0)
})

test('each plain delivery brings its samples once: together they are the ride', () => {
  for (const ride of counting) {
    const plain = ride.deliveries.filter(({ purpose }) => purpose === 'plain')
    expect(plain.reduce((sum, { samples }) => sum + samples, 0)).toBe(ride.samples)
  }
})

test('the books balance before and after the replay', () => {
  const { accepted, first, final } = expectationOf(plan, nowMs)
  for (const { stored, duplicate, quarantined } of [first, final]) {
    const inQuarantine = Object.values(quarantined).reduce((sum, count) => sum + count, 0)
    expect(stored + duplicate + inQuarantine).toBe(accepted)
  }
  expect(first.quarantined.bike_unregistered).toBeGreaterThan(0)
  const inSeconds = rideOf('seconds')?.deliveries.reduce((sum, { samples }) => sum + samples, 0)
  expect(final.quarantined).toEqual({ conflict: 10, implausible_pace: inSeconds })
  expect(final.stored).toBe(plan.rides.reduce((sum, { samples }) => sum + samples, 0))
})

test('analytics expects consent now and at the time of the event', () => {
  const { analytics } = expectationOf(plan, nowMs)
  for (const { consent, bikeId, samples } of counting) {
    expect(analytics.get(bikeId)).toBe(consent === 'always' ? samples : undefined)
  }
  expect(new Set(plan.rides.map(({ consent }) => consent))).toEqual(
    new Set(['always', 'never', 'recent', 'withdrawn']),
  )
})

test('the last odometer is the newest of the ride', () => {
  const ride = rideOf('honest')
  const column = ride?.truth
    .find(({ kind }) => kind === 'ride')
    ?.columns.find(({ key }) => key === 'odometer_m')
  expect(ride && lastOdometerM(ride)).toBe((column?.values[column.values.length - 1] ?? 0) / 100)
})

test('with few rides the troubles that need one of their own are left out, and named', () => {
  const small = createPlan({ rides: rides(1, 60), nowMs })
  expect(small.leftOut).toEqual(['stuck', 'late', 'unregistered', 'failing', 'seconds', 'doubled'])
  const { accepted, final } = expectationOf(small, nowMs)
  expect(final.stored + final.duplicate + (final.quarantined.conflict ?? 0)).toBe(accepted)
})

test('what fails is told, and not true: the same samples, fewer cells', () => {
  const { truth = [], deliveries: sent = [] } = rideOf('failing') ?? {}
  const speeds = (columns: readonly { key: string; values: ArrayLike<number> }[]) =>
    Array.from(columns.find(({ key }) => key === 'speed_kmh')?.values ?? [])
  const told = sent[0]?.tracks.find(({ kind }) => kind === 'ride')?.columns ?? []
  expect(speeds(told)[0]).toBe(-1)
  expect(speeds(truth.find(({ kind }) => kind === 'ride')?.columns ?? [])[0]).toBeNaN()
})

test('two recorders of a ride have names of their own', () => {
  const tracks = rideOf('doubled')?.deliveries.flatMap((delivery) => delivery.tracks) ?? []
  expect(new Set(tracks.map(({ recorderId }) => recorderId)).size).toBe(2)
  expect(new Set(tracks.map(({ bikeId }) => bikeId)).size).toBe(1)
})
