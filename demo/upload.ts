// Uploads rides, some at the same time, each ride's uploads in order; probes measure freshness on the way.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Freshness, measureFreshness } from '../testkit/freshness.ts'
import type { Delivery } from './delivery.ts'
import type { Engines } from './engines.ts'
import type { PlannedRide } from './plan.ts'
import type { Receipt, Sender } from './sender.ts'

interface Received {
  readonly ride: PlannedRide
  readonly delivery: Delivery
  readonly receipt: Receipt
}

export interface UploadResult {
  readonly received: readonly Received[]
  readonly freshness: readonly Freshness[]
}

/** As the edge's answers say. */
export function samplesAccepted({ received }: Pick<UploadResult, 'received'>): number {
  return received.reduce((sum, { receipt }) => sum + (receipt.kind === 'accepted' ? receipt.samples : 0), 0)
}

const ridesAtOnce = 4
// What was just found was found right after a refresh: uploads that followed at once would always wait for a whole one.
const longestPauseMs = 500

export async function uploadRides(of: {
  rides: readonly PlannedRide[]
  sender: Sender
  engines: Engines
  onProgress: (line: string) => void
  signal: AbortSignal
}): Promise<UploadResult> {
  const { rides, sender, engines } = of
  const received: Received[] = []
  const freshness: Freshness[] = []
  const total = rides.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
  const ticker = setInterval(() => of.onProgress(`uploaded ${received.length} of ${total}`), 3_000)
  // One queue for all lanes: a lane takes the next ride when it has finished its own.
  const queue = rides.values()
  const broken = new AbortController()
  const signal = AbortSignal.any([of.signal, broken.signal])
  const lane = async () => {
    for (const ride of queue) {
      for (const delivery of ride.deliveries) {
        signal.throwIfAborted()
        const receipt = await sender.send(ride, delivery)
        received.push({ ride, delivery, receipt })
        const { probeMs } = delivery
        if (receipt.kind === 'accepted' && probeMs !== undefined) {
          freshness.push(await probe({ engines, bikeId: ride.bikeId, probeMs, signal }))
          await sleep(Math.random() * longestPauseMs, undefined, { signal })
        }
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: ridesAtOnce }, lane))
  } catch (error) {
    broken.abort(error)
    throw error
  } finally {
    clearInterval(ticker)
  }
  return { received, freshness }
}

function probe(of: {
  engines: Engines
  bikeId: string
  probeMs: number
  signal: AbortSignal
}): Promise<Freshness> {
  const { engines, bikeId, probeMs, signal } = of
  return measureFreshness({
    acknowledgedAtMs: performance.now(),
    isSearchable: () => engines.isSearchable(bikeId, probeMs),
    isLatest: async () => ((await engines.latestRideMs(bikeId)) ?? 0) >= probeMs,
    signal,
  })
}
