// A fleet over days: a stream of uploads as the platform would meet them, with the truth about each. Memory is bounded by one
// bike's uploads of one day and what waits in dead zones; any number of bikes and days streams through.
import type { AttemptClock, Track } from '../proto/index.ts'
import { type Bike, createBike } from './bike.ts'
import { type ClockEvent, createPhone, type Phone } from './phone.ts'
import { createRandom, type Random } from './random.ts'
import { attemptClock, type Chunk, recordRide } from './recording.ts'
import type { Series } from './series.ts'

export interface FleetOptions {
  readonly bikes: number
  readonly days: number
  readonly seed: number
  /** Midnight UTC of the first day. */
  readonly startMs?: number
  readonly chunkMs?: number
}

/** Why an upload is not the plain one of its ride, just after it was recorded. */
const circumstances = ['plain', 'dead zone', 'restarted', 'late'] as const
type Circumstance = (typeof circumstances)[number]

export interface PlannedUpload {
  readonly bikeId: string
  readonly riderId: string
  readonly circumstance: Circumstance
  /** True time of the attempt. */
  readonly deliverAtMs: number
  readonly attempt: AttemptClock
  readonly tracks: readonly Track[]
  /** The samples with their true times, track by track. */
  readonly truth: readonly Series[]
  /** Samples that an earlier upload of the fleet brought already: duplicates by identity, nothing else changed. */
  readonly repeated: number
}

const day = 86_400_000
const minute = 60_000

/** Bike by bike, each bike's uploads in the order of their delivery. The same options give the same uploads. */
export function* simulateFleet(options: FleetOptions): Generator<PlannedUpload> {
  const { bikes, days, seed, startMs = Date.UTC(2025, 5, 2), chunkMs = 5 * minute } = options
  for (let index = 0; index < bikes; index++) {
    const bike = createBike(seed, index)
    const random = createRandom(seed).fork(`phone ${index}`)
    const phone = createPhone(randomClocks(random, { startMs, days }))
    const waiting: PlannedUpload[] = []
    for (let n = 0; n < days; n++) {
      const midnightMs = startMs + n * day
      waiting.push(...uploadsOfDay({ bike, phone, random, midnightMs, chunkMs }))
      waiting.sort((a, b) => a.deliverAtMs - b.deliverAtMs)
      while ((waiting[0]?.deliverAtMs ?? Number.POSITIVE_INFINITY) < midnightMs + day) {
        yield waiting.shift() as PlannedUpload
      }
    }
    yield* waiting
  }
}

/** Most clocks are right to the second; some are wrong by minutes or years; a few jump, and phones are restarted. */
function randomClocks(random: Random, { startMs, days }: { startMs: number; days: number }) {
  const events: ClockEvent[] = []
  for (let atMs = startMs + random.between(0, 9 * day); atMs < startMs + days * day; ) {
    events.push(
      random.chance(0.7) ? { type: 'reboot', atMs } : { type: 'set', atMs, wrongByMs: clockError(random) },
    )
    atMs = Math.round(atMs + random.between(0.2 * day, 14 * day))
  }
  return {
    bootedAtMs: startMs - random.integer(1, 30) * day,
    bootId: random.integer(1, 400),
    wrongByMs: clockError(random),
    events: events.map((event) => ({ ...event, atMs: Math.round(event.atMs) })),
  }
}

function clockError(random: Random): number {
  const luck = random.next()
  const sign = random.chance(0.5) ? 1 : -1
  if (luck < 0.8) return Math.round(800 * random.normal())
  if (luck < 0.92) return sign * random.integer(2, 300) * minute
  if (luck < 0.97) return sign * random.integer(1, 40) * day
  return sign * random.integer(1, 7) * 365 * day
}

function uploadsOfDay(of: {
  bike: Bike
  phone: Phone
  random: Random
  midnightMs: number
  chunkMs: number
}): PlannedUpload[] {
  const { bike, phone, random, midnightMs, chunkMs } = of
  const recorder = { bikeId: bike.bikeId, recorderId: bike.recorderId, phone }
  let freeFromMs = midnightMs
  return bike.rider.outings(random, new Date(midnightMs).getUTCDay()).flatMap(({ startS, seconds }) => {
    const startMs = Math.max(freeFromMs, midnightMs + startS * 1_000)
    freeFromMs = startMs + (seconds + 60) * 1_000
    const ride = bike.ride({ startMs, seconds })
    const circumstance = pickCircumstance(random)
    const chunks = recordRide(ride, { recorder, chunkMs })
    const again =
      circumstance === 'restarted' ? recordRide(ride, { recorder, chunkMs, firstChunkMs: chunkMs / 3 }) : []
    const endMs = startMs + seconds * 1_000
    const at = (chunk: Chunk, repeated: boolean) => {
      const deliverAtMs = deliveryMs(chunk, {
        circumstance,
        random,
        endMs: repeated ? endMs + minute : endMs,
      })
      return toUpload({ bike, phone, chunk, circumstance, deliverAtMs, repeated })
    }
    return [...chunks.map((chunk) => at(chunk, false)), ...again.map((chunk) => at(chunk, true))]
  })
}

function pickCircumstance(random: Random): Circumstance {
  const luck = random.next()
  return luck < 0.88 ? 'plain' : luck < 0.94 ? 'dead zone' : luck < 0.98 ? 'restarted' : 'late'
}

/** Plain chunks go at once; in a dead zone all wait for its end; a restarted app sends all again after the ride; months may pass. */
function deliveryMs(
  chunk: Chunk,
  { circumstance, random, endMs }: { circumstance: Circumstance; random: Random; endMs: number },
): number {
  const recordedMs = Math.max(...chunk.truth.map(({ timesMs }) => timesMs.at(-1) as number))
  const delayMs = Math.round(random.between(300, 4_000))
  if (circumstance === 'plain') return recordedMs + delayMs
  if (circumstance === 'restarted') return Math.max(recordedMs, endMs) + delayMs
  if (circumstance === 'dead zone') return endMs + 20 * minute + delayMs
  return endMs + random.integer(60, 270) * day
}

function toUpload(of: {
  bike: Bike
  phone: Phone
  chunk: Chunk
  circumstance: Circumstance
  deliverAtMs: number
  repeated: boolean
}): PlannedUpload {
  const { bike, phone, chunk, circumstance, deliverAtMs, repeated } = of
  const { tracks, truth } = chunk
  return {
    bikeId: bike.bikeId,
    riderId: bike.riderId,
    circumstance,
    deliverAtMs,
    attempt: attemptClock(phone, deliverAtMs),
    tracks,
    truth,
    repeated: repeated ? truth.reduce((sum, { timesMs }) => sum + timesMs.length, 0) : 0,
  }
}
