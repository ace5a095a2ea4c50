// What the platform must have concluded at the end, counted from the plan alone. Pure.

import { countSamples, metric } from '../simulator/index.ts'
import type { Books } from '../testkit/books.ts'
import type { Plan, PlannedRide } from './plan.ts'
import { recentConsentMs } from './roles.ts'

export interface Expectation {
  readonly uploads: { readonly sent: number; readonly accepted: number; readonly rejected: number }
  /** Samples of accepted tracks, repeats included. */
  readonly accepted: number
  /** Before the missing bike is registered. */
  readonly first: Books
  /** Afterwards. */
  readonly final: Books
  /** Samples that reach the analytics topic, by bike. */
  readonly analytics: ReadonlyMap<string, number>
}

export function expectationOf({ rides }: Plan, nowMs: number): Expectation {
  const deliveries = rides.flatMap((ride) => ride.deliveries)
  const rejected = deliveries.filter(({ purpose }) => purpose === 'corrupt').length
  const final = booksOf(rides)
  const known = booksOf(rides.filter(({ role }) => role !== 'unregistered'))
  const unregistered = sum(rides.filter(({ role }) => role === 'unregistered').flatMap(acceptedSamples))
  return {
    uploads: { sent: deliveries.length, accepted: deliveries.length - rejected, rejected },
    accepted: sum(rides.flatMap(acceptedSamples)),
    first: { ...known, quarantined: withoutZeros({ ...known.quarantined, bike_unregistered: unregistered }) },
    final,
    analytics: new Map(
      rides
        .map((ride) => [ride.bikeId, consentedSamples(ride, nowMs)] as const)
        .filter(([, samples]) => samples > 0),
    ),
  }
}

function booksOf(rides: readonly PlannedRide[]): Books {
  const deliveries = rides.filter(({ role }) => role !== 'seconds').flatMap((ride) => ride.deliveries)
  const samplesOf = (purpose: string) =>
    sum(deliveries.filter((one) => one.purpose === purpose).map(({ samples }) => samples))
  const conflict = sum(deliveries.map(({ conflicting }) => conflicting))
  return {
    stored: samplesOf('plain'),
    duplicate: samplesOf('repeat') + samplesOf('conflict') - conflict,
    quarantined: withoutZeros({
      conflict,
      implausible_pace: sum(rides.filter(({ role }) => role === 'seconds').flatMap(acceptedSamples)),
    }),
  }
}

function acceptedSamples({ deliveries }: PlannedRide): number[] {
  return deliveries.filter(({ purpose }) => purpose !== 'corrupt').map(({ samples }) => samples)
}

/** Consent must hold now and at the time of the event. */
function consentedSamples({ consent, truth }: PlannedRide, nowMs: number): number {
  if (consent === 'always') return countSamples(truth)
  if (consent !== 'recent') return 0
  const sinceMs = recentConsentMs(nowMs)
  return sum(truth.map(({ timesMs }) => timesMs.filter((timeMs) => timeMs >= sinceMs).length))
}

/** The odometer that the rider must see at the end, in metres; undefined when the ride has none. */
export function lastOdometerM({ truth }: PlannedRide): number | undefined {
  const last = metric(truth, 'odometer_m')?.at(-1)
  return last === undefined || Number.isNaN(last) ? undefined : last
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function withoutZeros(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}
