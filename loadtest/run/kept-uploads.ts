// Uploads that phones sealed long ago and kept: made before the load by the client's own code, so that k6 only has to stamp
// and send them.
import { sealUpload } from '../../client/index.ts'
import { createBike, createPhone, recordRide, type Series, shiftSeries } from '../../simulator/index.ts'
import { type KeptUpload, type LoadBike, type LoadRider, phoneOptions } from '../scenarios/plan.ts'
import type { KeptKind } from '../scenarios/scenario.ts'

export interface KeptOptions {
  readonly kind: KeptKind
  readonly count: number
  readonly riders: readonly LoadRider[]
  readonly nowMs: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const phone = createPhone(phoneOptions)
/** Rides take turns: simulating each would take longer than the load. */
const variants = 8

/** `recent`: the last five minutes of each bike, and those before them; `months late`: an hour a day, from 45 days ago backwards. */
const kinds: Record<KeptKind, { seconds: number; endMs: (nowMs: number, turn: number) => number }> = {
  recent: { seconds: 300, endMs: (nowMs, turn) => nowMs - 60_000 - turn * 301_000 },
  'months late': { seconds: 3_600, endMs: (nowMs, turn) => nowMs - (45 + turn) * dayMs },
}

export function* keptUploads({ kind, count, riders, nowMs }: KeptOptions): Generator<KeptUpload> {
  const { seconds, endMs } = kinds[kind]
  const baseMs = nowMs - dayMs
  const rides = Array.from({ length: variants }, (_, i) =>
    createBike(7, i).ride({ startMs: baseMs, seconds }),
  )
  for (let index = 0; index < count; index++) {
    const rider = index % riders.length
    const lap = Math.floor(index / riders.length)
    const { bikes } = riders[rider] as LoadRider
    const bike = bikes[lap % bikes.length] as LoadBike
    const startMs = Math.round(endMs(nowMs, Math.floor(lap / bikes.length))) - seconds * 1_000
    yield seal(shifted(rides[index % variants] as readonly Series[], startMs - baseMs), bike, rider)
  }
}

function shifted(ride: readonly Series[], byMs: number): Series[] {
  return ride.map((series) => shiftSeries(series, byMs))
}

function seal(ride: readonly Series[], bike: LoadBike, rider: number): KeptUpload {
  const tracks = recordRide(ride, { recorder: { ...bike, phone }, chunkMs: 2 * hourMs }).flatMap(
    (chunk) => chunk.tracks,
  )
  const upload = sealUpload({ tracks })
  return {
    rider,
    uploadId: upload.uploadId,
    samples: tracks.reduce((sum, { timesMs }) => sum + timesMs.length, 0),
    tracks: upload.tracks.map((track) => Buffer.from(track).toString('base64')),
  }
}
