// From rides to a plan: who uploads what in which order, with every trouble on purpose, and what the platform must conclude.
// The expectation is counted from the rides alone and never from what the platform says. Pure.
import {
  bySecondRecorder,
  type Chunk,
  countSamples,
  createRandom,
  inSeconds,
  type Phone,
  type Random,
  randomUuid,
  recordRide,
  type Series,
  withSensorFaults,
} from '../simulator/index.ts'
import { conflictWith } from './conflict.ts'
import type { Delivery } from './delivery.ts'
import type { SourceRide } from './rides-csv.ts'
import { type Consent, consentOf, phoneOf, placeInTime, type Role, roles } from './roles.ts'

export interface PlannedRide {
  readonly file: string
  readonly role: Role
  readonly consent: Consent
  readonly bikeId: string
  readonly riderId: string
  readonly phone: Phone
  /** What counts of it, with true times: by all its recorders, without the cells that no sensor can have measured. */
  readonly truth: readonly Series[]
  readonly samples: number
  readonly deliveries: readonly Delivery[]
}

export interface Plan {
  readonly rides: readonly PlannedRide[]
  /** Troubles for which there were not enough rides. */
  readonly leftOut: readonly Role[]
}

const uploadMs = 120_000
const repeatEvery = 10
const specialRoles = roles.filter((role) => role !== 'honest')

export function createPlan({ rides, nowMs }: { rides: readonly SourceRide[]; nowMs: number }): Plan {
  if (rides.length === 0) throw new Error('there are no rides to replay')
  const random = createRandom(1).fork('demonstration')
  const recorded = rides.map((ride, index) => recordOne(ride, { index, nowMs, random }))
  const uploadsBefore = (index: number) =>
    recorded.slice(0, index).reduce((sum, { chunks }) => sum + chunks.length, 0)
  return {
    leftOut: specialRoles.slice(rides.length),
    rides: recorded.map(({ chunks, ...ride }, index) => ({
      ...ride,
      deliveries: deliveriesOf(chunks, {
        measured: ride.role === 'honest',
        firstNumber: uploadsBefore(index),
        // The last ride has no trouble of its own, unless there are very few.
        disturbed: index === rides.length - 1,
      }),
    })),
  }
}

function recordOne(
  { file, series }: SourceRide,
  { index, nowMs, random }: { index: number; nowMs: number; random: Random },
) {
  const role: Role = specialRoles[index] ?? 'honest'
  const bikeId = randomUuid(random)
  const recorderId = randomUuid(random)
  const ride = placeInTime(series, { role, index, nowMs })
  const { told, truth } = tellAs(role, ride)
  const times = ride.flatMap(({ timesMs }) => [timesMs[0] as number, timesMs.at(-1) as number])
  const phone = phoneOf(role, { startMs: Math.min(...times), endMs: Math.max(...times) })
  return {
    file,
    role,
    consent: consentOf(role, index),
    bikeId,
    riderId: `rider-${index + 1}`,
    phone,
    truth,
    samples: countSamples(truth),
    chunks: told.flatMap((one, n) => {
      const recorder = { bikeId, recorderId: n === 0 ? recorderId : randomUuid(random.fork(bikeId)), phone }
      return recordRide(one, { recorder, chunkMs: uploadMs })
    }),
  }
}

/** The series that each recorder of the ride sends, and the samples that the platform must count. */
function tellAs(
  role: Role,
  ride: readonly Series[],
): { told: readonly (readonly Series[])[]; truth: readonly Series[] } {
  if (role === 'doubled') {
    const { second, both } = bySecondRecorder(ride)
    return { told: [ride, second], truth: both }
  }
  if (role !== 'failing' && role !== 'seconds') return { told: [ride], truth: ride }
  const { told, truth } = role === 'failing' ? withSensorFaults(ride) : inSeconds(ride)
  return { told: [told], truth }
}

/** A ride's uploads in order; `disturbed`: the largest arrives corrupted before it arrives whole, and is contradicted. */
function deliveriesOf(
  chunks: readonly Chunk[],
  of: { measured: boolean; firstNumber: number; disturbed: boolean },
): Delivery[] {
  const largest = chunks.toSorted((a, b) => countSamples(b.truth) - countSamples(a.truth))[0]
  return chunks.flatMap((chunk, n) => {
    const number = of.firstNumber + n + 1
    const plain = plainDelivery(chunk, { upload: String(number), measured: of.measured })
    const disturbed = of.disturbed && chunk === largest
    return [
      ...(disturbed ? [{ ...withoutProbe(plain), purpose: 'corrupt' as const }] : []),
      plain,
      ...(number % repeatEvery === 0 ? [{ ...withoutProbe(plain), purpose: 'repeat' as const }] : []),
      ...(disturbed ? [conflictWith(chunk, `${number} contradicted`)] : []),
    ]
  })
}

function plainDelivery({ tracks, truth }: Chunk, of: { upload: string; measured: boolean }): Delivery {
  const newestMs = truth.find(({ kind }) => kind === 'ride')?.timesMs.at(-1)
  return {
    purpose: 'plain',
    upload: of.upload,
    tracks,
    samples: countSamples(truth),
    conflicting: 0,
    ...(of.measured && newestMs !== undefined && { probeMs: newestMs }),
  }
}

function withoutProbe({ purpose, upload, tracks, samples, conflicting }: Delivery): Delivery {
  return { purpose, upload, tracks, samples, conflicting }
}
