// A rider after her tours: she finds each as a ride, asks before the next how far she comes, a late piece joins two rides, and she
// takes home all that is about her.
import { createHash } from 'node:crypto'
import { registerBikes } from '../core/fleet/registry/stores.ts'
import { waitUntilKnown } from '../testkit/await-known-bikes.ts'
import type { Ledger } from '../testkit/books.ts'
import type { Environment } from '../testkit/environment.ts'
import { readZips } from '../testkit/read-zip.ts'
import { waitUntil } from '../testkit/wait.ts'
import { askApi } from './ask-api.ts'
import type { Delivery } from './delivery.ts'
import type { Engines } from './engines.ts'
import type { Sender } from './sender.ts'
import { planTours, type Tour, type Tours } from './tours.ts'

/** The range that the rider was told before a tour, and the truth afterwards, both in watt-hours a kilometre. */
export interface AskedRange {
  readonly basis: 'population' | 'personal'
  readonly rangeKm: Quantiles
  readonly whPerKm: Quantiles
  readonly rodeWhPerKm: number
}

interface Quantiles {
  readonly p10: number
  readonly p50: number
  readonly p90: number
}

export interface RidersResult {
  readonly tours: Tours
  readonly ridesListed: number
  /** Rides that the third tour was while its middle was missing, and whether the second one's id leads to the joined ride. */
  readonly pieces: { readonly rides: number; readonly oldIdLeadsOn: boolean }
  readonly asked: readonly AskedRange[]
  readonly exported: Exported
  readonly ledger: Ledger
}

/** All parts of her export together. */
interface Exported {
  readonly samples: number
  /** Files that are not as their manifest says. */
  readonly broken: number
}

interface RideAnswer {
  readonly rideId: string
  readonly from: string
  readonly summary: { readonly whPerKm?: number }
}

interface Scene {
  readonly environment: Environment
  readonly engines: Engines
  readonly sender: Sender
  readonly signal: AbortSignal
}

export async function bringRiderHerRides({
  progress,
  ...scene
}: Scene & {
  readonly progress: <T>(what: string, work: () => Promise<T>) => Promise<T>
}): Promise<RidersResult> {
  const { environment, engines, signal } = scene
  const tours = planTours(Date.now())
  await registerBikes(engines.sql, [tours])
  await waitUntilKnown(engines.sql, { signal })
  const rider = createRider(environment, tours, signal)
  let pieces = { rides: 0, oldIdLeadsOn: false }
  const asked: AskedRange[] = []
  await progress('a rider tours for five days, and asks before each how far she comes', async () => {
    for (const [number, tour] of tours.tours.entries()) {
      const told = await rider.askRange(tour)
      await upload(scene, tour, tour.first)
      if (tour.late.length > 0) {
        const [later] = await rider.awaitRides(number + 2)
        await upload(scene, tour, tour.late)
        const [joined] = await rider.awaitRides(number + 1)
        pieces = { rides: 2, oldIdLeadsOn: (await rider.rideOf(later)).rideId === joined?.rideId }
      }
      // The samples of its battery may come later than the ride.
      const [newest] = await rider.awaitRides(number + 1, ({ summary }) => summary.whPerKm !== undefined)
      asked.push({ ...told, rodeWhPerKm: newest?.summary.whPerKm ?? Number.NaN })
    }
  })
  const exported = await progress('she takes home all that is about her', () => rider.takeHome())
  const ridesListed = (await rider.rides()).length
  return { tours, ridesListed, pieces, asked, exported, ledger: await engines.touristsLedger() }
}

async function upload({ sender }: Scene, { ride }: Tour, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) await sender.send(ride, delivery)
}

function createRider({ env }: Environment, { riderId, bikeId, bike }: Tours, signal: AbortSignal) {
  const access = { apiUrl: env.API_URL ?? '', tokenUrl: env.TOKEN_URL ?? '', signal }
  const caller = { subject: riderId, bikes: [bikeId] }
  const answerOf = async <T>(path: string, init: RequestInit = {}) =>
    (await (await askApi(access, path, { ...init, caller })).json()) as T
  const rides = async () =>
    (await answerOf<{ rides: RideAnswer[] }>(`/v1/riders/me/rides?bikeId=${bikeId}`)).rides
  return {
    rides,
    /** Once they are so many, and the newest is whole: newest first. */
    async awaitRides(
      count: number,
      isWhole: (newest: RideAnswer) => boolean = () => true,
    ): Promise<RideAnswer[]> {
      let listed: RideAnswer[] = []
      const missing = async () => {
        listed = await rides()
        if (listed.length !== count) return [`${listed.length} rides are listed, not ${count}`]
        return listed.slice(0, 1).every(isWhole) ? [] : ['the newest ride is not whole']
      }
      await waitUntil(missing, { withinMs: 60_000, everyMs: 250, signal })
      return listed
    },
    /** The ride to which an id leads now. */
    rideOf: (ride: RideAnswer | undefined) => answerOf<RideAnswer>(`/v1/riders/me/rides/${ride?.rideId}`),
    async takeHome(): Promise<Exported> {
      const { parts } = await answerOf<{ parts: { path: string }[] }>('/v1/riders/me/export')
      const archives: Uint8Array[] = []
      for (const { path } of parts) {
        archives.push(await (await askApi(access, path, { caller, withinMs: 60_000 })).bytes())
      }
      return countExported(await readZips(archives))
    },
    /** On the way that she is about to go, with a battery that is charged to four fifths. */
    async askRange({ route }: Tour): Promise<Omit<AskedRange, 'rodeWhPerKm'>> {
      const question = { ...bike, chargePct: 80, route: { type: 'LineString', coordinates: route } }
      const answer = await answerOf<{ status: string } & Omit<AskedRange, 'rodeWhPerKm'>>(
        `/v1/bikes/${bikeId}/range`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(question),
        },
      )
      if (answer.status !== 'estimate') throw new Error(`no range: ${JSON.stringify(answer)}`)
      const { basis, rangeKm, whPerKm } = answer
      return { basis, rangeKm, whPerKm }
    },
  }
}

function countExported(archives: readonly Map<string, Buffer>[]): Exported {
  const count = { samples: 0, broken: 0 }
  for (const archive of archives) {
    const manifest = JSON.parse(archive.get('manifest.json')?.toString() ?? '{"files":[]}') as {
      files: readonly { readonly path: string; readonly sha256: string }[]
    }
    for (const { path, sha256 } of manifest.files) {
      const bytes = archive.get(path) ?? Buffer.alloc(0)
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) count.broken++
      if (path.startsWith('telemetry/')) count.samples += bytes.toString().trimEnd().split('\r\n').length - 1
    }
  }
  return count
}
