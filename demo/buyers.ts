// Riders who bought a bike of the simulated plants, and a ride of theirs that has just ended.
import type { CarriedPart } from '../proto/index.ts'
import { countSamples, createBike, createRandom, randomUuid, recordRide } from '../simulator/index.ts'
import type { MadeBike } from '../simulator/manufacturing/index.ts'
import type { PlannedRide } from './plan.ts'
import { phoneOf } from './roles.ts'

const seconds = 120
const chunkMs = 40_000

/** The first upload names the parts that answered. Nobody of them consents to research. */
export function buyersRide(
  { bikeId, riderId, frameNumber }: MadeBike,
  { parts, nowMs }: { parts: readonly CarriedPart[]; nowMs: number },
): PlannedRide {
  const startMs = nowMs - (seconds + 20) * 1_000
  const truth = createBike(7, 0).ride({ startMs, seconds })
  const phone = phoneOf('honest', { startMs, endMs: startMs + seconds * 1_000 })
  const recorderId = randomUuid(createRandom(7).fork(bikeId))
  const chunks = recordRide(truth, { recorder: { bikeId, recorderId, phone, parts }, chunkMs })
  return {
    ...{ file: frameNumber, role: 'honest', consent: 'never', bikeId, riderId, phone, truth },
    samples: countSamples(truth),
    deliveries: chunks.map(({ tracks, truth: part }, n) => ({
      ...{ purpose: 'plain', upload: `${frameNumber} ${n}`, tracks, conflicting: 0 },
      samples: countSamples(part),
    })),
  }
}
