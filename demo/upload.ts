// Uploads all rides, some at the same time, each ride's uploads in order; probes measure freshness on the way.
import type { Engines } from './engines.ts'
import { type Freshness, measureFreshness } from './freshness.ts'
import type { Delivery, Plan, PlannedRide } from './plan.ts'
import type { Receipt, Sender } from './sender.ts'

export interface Received {
  readonly ride: PlannedRide
  readonly delivery: Delivery
  readonly receipt: Receipt
}

export interface UploadResult {
  readonly received: readonly Received[]
  readonly freshness: readonly Freshness[]
}

const ridesAtOnce = 4

export async function uploadAll(of: {
  plan: Plan
  sender: Sender
  engines: Engines
  onProgress: (line: string) => void
  signal: AbortSignal
}): Promise<UploadResult> {
  const { plan, sender, engines } = of
  const received: Received[] = []
  const freshness: Freshness[] = []
  const total = plan.rides.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
  const ticker = setInterval(() => of.onProgress(`uploaded ${received.length} of ${total}`), 3_000)
  // One queue for all lanes: a lane takes the next ride when it has finished its own.
  const queue = plan.rides.values()
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
