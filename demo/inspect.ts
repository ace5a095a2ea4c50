// Asks every engine at the end, and holds each answer against the plan.
import { booksOf, equations, type Ledger } from '../testkit/books.ts'
import { type Check, check } from '../testkit/check.ts'
import { countDelivered, faultsOf } from './checks.ts'
import { checkDevices } from './device-checks.ts'
import type { DevicesResult } from './devices.ts'
import type { Engines } from './engines.ts'
import { type Expectation, lastOdometerM } from './expectation.ts'
import type { FleetResult } from './fleet.ts'
import { checkFleet } from './fleet-checks.ts'
import type { Plan, PlannedRide } from './plan.ts'
import type { Reader } from './reader.ts'
import { checkRiders } from './rider-checks.ts'
import type { RidersResult } from './riders.ts'
import { samplesAccepted, type UploadResult } from './upload.ts'

interface InspectedRide {
  readonly ride: PlannedRide
  readonly stored: number
  readonly odometerM: number | undefined
  readonly delivered: number
  readonly faults: readonly string[]
}

export interface Inspection {
  readonly rides: readonly InspectedRide[]
  readonly ledger: Ledger
  readonly delivered: number
  readonly checks: readonly Check[]
}

export interface Scene {
  readonly plan: Plan
  readonly expectation: Expectation
  readonly uploads: UploadResult
  readonly devices: DevicesResult
  readonly fleet: FleetResult
  readonly riders: RidersResult
  readonly engines: Engines
  readonly reader: Reader
}

export async function inspect(scene: Scene): Promise<Inspection> {
  const { plan, expectation, devices, fleet, riders, engines } = scene
  const [ledger, quarantined, samples, subjects] = [
    await engines.ledger(),
    await engines.quarantined(),
    await engines.delivered(),
    await engines.subjects(),
  ]
  const { bySubject, doubles } = countDelivered(samples)
  const rides: InspectedRide[] = []
  for (const ride of plan.rides) {
    rides.push(await inspectRide(scene, ride, bySubject.get(subjects.get(ride.bikeId) ?? '') ?? 0))
  }
  const books = booksOf(ledger)
  const expectedOdometers = plan.rides.map(lastOdometerM)
  const expectedDelivered = [...expectation.analytics.values()].reduce((sum, count) => sum + count, 0)
  const settled = await countSettled(scene)
  const checks = [
    ...checkUploads(scene),
    ...equations(ledger, expectation.accepted).map(({ what, left, right }) => check(what, left, right)),
    check('samples stored (ledger)', expectation.final.stored, books.stored),
    check('samples duplicate (ledger)', expectation.final.duplicate, books.duplicate),
    check('samples in quarantine by reason (ledger)', expectation.final.quarantined, books.quarantined),
    check('samples in quarantine by reason (PostgreSQL)', expectation.final.quarantined, quarantined),
    check('uploads settled (API)', settled.uploads, settled.settled),
    check(
      'documents (Elasticsearch)',
      expectation.final.stored,
      rides.reduce((sum, { stored }) => sum + stored, 0),
    ),
    check(
      'bikes with every sample, right times and values (Elasticsearch)',
      plan.rides.length,
      rides.filter(({ faults }) => faults.length === 0).length,
    ),
    check(
      'bikes with the right last odometer (PostgreSQL, API)',
      plan.rides.length,
      rides.filter(({ odometerM }, i) => odometerM === expectedOdometers[i]).length,
    ),
    check('samples for research (Kafka, committed)', expectedDelivered, samples.length),
    check('of those, there twice', 0, doubles),
    check(
      'bikes with exactly the consented samples',
      plan.rides.length,
      rides.filter(({ ride, delivered }) => delivered === (expectation.analytics.get(ride.bikeId) ?? 0))
        .length,
    ),
    check('bikes that research knows', expectation.analytics.size, bySubject.size),
    ...checkDevices(devices, await countDocuments(scene)),
    ...checkFleet(fleet, (await engines.storedSamples(fleet.rode.bikeId)).length),
    ...checkRiders(riders, (await engines.storedSamples(riders.tours.bikeId)).length),
  ]
  return { rides, ledger, delivered: samples.length, checks }
}

/** Of the bikes with modules. */
async function countDocuments({ devices, engines }: Scene): Promise<number> {
  let documents = 0
  for (const { bikeId } of devices.modules) documents += (await engines.storedSamples(bikeId)).length
  return documents
}

async function inspectRide(
  { engines, reader }: Scene,
  ride: PlannedRide,
  delivered: number,
): Promise<InspectedRide> {
  const stored = await engines.storedSamples(ride.bikeId)
  const odometerM = await reader.odometerM(ride)
  return { ride, stored: stored.length, odometerM, delivered, faults: faultsOf(ride, stored) }
}

function checkUploads({ expectation, uploads }: Scene): Check[] {
  const { received } = uploads
  const accepted = received.filter(({ receipt }) => receipt.kind === 'accepted')
  const refusals = received.flatMap(({ receipt }) => (receipt.kind === 'rejected' ? [receipt.status] : []))
  return [
    check('uploads accepted (edge, 202)', expectation.uploads.accepted, accepted.length),
    check(
      'uploads rejected (edge, 400)',
      expectation.uploads.rejected,
      refusals.filter((status) => status === 400).length,
    ),
    check('samples accepted (edge)', expectation.accepted, samplesAccepted(uploads)),
  ]
}

async function countSettled({ uploads, reader }: Scene): Promise<{ uploads: number; settled: number }> {
  const ids = new Map<string, PlannedRide>()
  for (const { ride, receipt } of uploads.received) {
    if (receipt.kind === 'accepted') ids.set(receipt.uploadId, ride)
  }
  let settled = 0
  for (const [uploadId, ride] of ids) if (await reader.isSettled(ride, uploadId)) settled++
  return { uploads: ids.size, settled }
}
