// Bikes with phones, whose rides of the past days are uploaded piece by piece, faster than they were ridden.
import {
  attemptClock,
  type Bike,
  createBike,
  createPhone,
  type Phone,
  recordRide,
} from '../../simulator/index.ts'
import { createSender, type Sender } from './sender.ts'
import type { Truth } from './truth.ts'

export interface RidingPhone {
  readonly bikeId: string
  readonly riderId: string
  readonly sender: Sender
  /** Rides on for some seconds and hands what was recorded to the sender. */
  ride(seconds: number): Promise<void>
}

export interface PhonesOptions {
  readonly count: number
  readonly seed: number
  readonly nowMs: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly truth: Truth
}

/** Each track must lie in the past, however long the run: at most ten days are ridden. */
export const pastMs = 10 * 86_400_000
/** The rides of every third phone lie a month, or two, further back: several partitions are written at once. */
const monthMs = 31 * 86_400_000
const clock = { bootedAtMs: Date.UTC(2020, 0, 1), bootId: 1, wrongByMs: 0, events: [] }

export function createPhones({ count, seed, nowMs, env, truth }: PhonesOptions): RidingPhone[] {
  return Array.from({ length: count }, (_, index) =>
    startPhone(createBike(seed, index), { startMs: nowMs - pastMs - (index % 3) * monthMs, env, truth }),
  )
}

/** Right, and running since long before any ride. */
export function rightPhone(): Phone {
  return createPhone(clock)
}

function startPhone(
  bike: Bike,
  of: { startMs: number; env: PhonesOptions['env']; truth: Truth },
): RidingPhone {
  const { bikeId, riderId, recorderId } = bike
  const phone = rightPhone()
  const stamp = () => attemptClock(phone, Date.now())
  const sender = createSender({ env: of.env, riderId, bikeIds: [bikeId], stamp, truth: of.truth })
  let riddenUntilMs = of.startMs
  return {
    bikeId,
    riderId,
    sender,
    async ride(seconds) {
      const series = bike.ride({ startMs: riddenUntilMs, seconds })
      riddenUntilMs += seconds * 1_000
      const recorder = { bikeId, recorderId, phone }
      for (const { tracks } of recordRide(series, { recorder, chunkMs: seconds * 1_000 + 1_000 })) {
        await sender.send(tracks)
      }
    },
  }
}
