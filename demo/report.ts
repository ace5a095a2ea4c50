// The report for machines: the numbers of a demonstration and whether they balance. Pure.
import { booksOf } from '../testkit/books.ts'
import { type Percentiles, percentiles } from '../testkit/freshness.ts'
import { type DevicesReport, devicesReport } from './device-checks.ts'
import { type FleetReport, fleetReport } from './fleet-checks.ts'
import type { Inspection, Scene } from './inspect.ts'
import type { PrivacyResult } from './privacy.ts'
import { checkPrivacy, type PrivacyReport, privacyReport } from './privacy-checks.ts'
import { type RidersReport, ridersReport } from './rider-checks.ts'
import { samplesAccepted } from './upload.ts'

export interface Report {
  /** Every count was proven by asking the engines. */
  readonly balanced: boolean
  readonly uploads: { readonly sent: number; readonly accepted: number; readonly rejected: number }
  readonly samples: {
    /** Samples of accepted uploads, repeats included: stored + duplicate + quarantined. */
    readonly accepted: number
    readonly stored: number
    readonly duplicate: number
    readonly quarantined: number
    readonly byReason: Readonly<Record<string, number>>
  }
  readonly freshnessMs: { readonly searchable: Percentiles; readonly latest: Percentiles }
  readonly trips: readonly {
    readonly file: string
    readonly bikeId: string
    readonly samples: number
    readonly stored: number
    readonly lastOdometerM: number | null
  }[]
  readonly analytics: { readonly expected: number; readonly delivered: number }
  /** Bikes online; their samples are counted here and not above. */
  readonly devices: DevicesReport
  /** Bikes that plants told of. */
  readonly fleet: FleetReport
  /** What a rider found of her tours. */
  readonly riders: RidersReport
  /** Of one who withdrew, and of one who was erased. */
  readonly privacy: PrivacyReport
  /** Of each process after all that: proportional set size. */
  readonly memoryMiB: Readonly<Record<string, number>>
  /** What did not hold, in words. */
  readonly failures: readonly string[]
}

export function reportOf(
  { expectation, uploads, devices, fleet, riders }: Scene,
  {
    inspection,
    privacy,
    memoryMiB,
  }: { inspection: Inspection; privacy: PrivacyResult; memoryMiB: Report['memoryMiB'] },
): Report {
  const { received, freshness } = uploads
  const count = (kind: string) => received.filter(({ receipt }) => receipt.kind === kind).length
  const { stored, duplicate, quarantined: byReason } = booksOf(inspection.ledger)
  const failures = [
    ...[...inspection.checks, ...checkPrivacy(privacy)]
      .filter(({ holds }) => !holds)
      .map(({ what, expected, actual }) => `${what}: ${actual} instead of ${expected}`),
    ...inspection.rides.flatMap(({ ride, faults }) =>
      faults.slice(0, 5).map((fault) => `${ride.file}: ${fault}`),
    ),
  ]
  return {
    balanced: failures.length === 0,
    uploads: { sent: received.length, accepted: count('accepted'), rejected: count('rejected') },
    samples: {
      accepted: samplesAccepted(uploads),
      stored,
      duplicate,
      quarantined: Object.values(byReason).reduce((sum, samples) => sum + samples, 0),
      byReason,
    },
    freshnessMs: {
      searchable: percentiles(freshness.map(({ searchableMs }) => searchableMs)),
      latest: percentiles(freshness.map(({ latestMs }) => latestMs)),
    },
    trips: inspection.rides.map(({ ride, stored: documents, odometerM }) => ({
      file: ride.file,
      bikeId: ride.bikeId,
      samples: ride.samples,
      stored: documents,
      lastOdometerM: odometerM ?? null,
    })),
    analytics: {
      expected: [...expectation.analytics.values()].reduce((sum, samples) => sum + samples, 0),
      delivered: inspection.delivered,
    },
    devices: devicesReport(devices),
    fleet: fleetReport(fleet),
    riders: ridersReport(riders),
    privacy: privacyReport(privacy),
    memoryMiB,
    failures,
  }
}
