// The load of bikes' own modules, by MQTT, which k6 does not speak: simulated modules ride, report, and wait for the broker.
import { registerBikes } from '../../core/postgres/registry-store.ts'
import { enrolModule } from '../../infra/stage/enrol.ts'
import { waitUntil } from '../../infra/stage/wait.ts'
import { type Bike, countSamples, createBike, createRandom } from '../../simulator/index.ts'
import { createModule, goOnline } from '../../simulator/module/index.ts'
import type { Target } from './target.ts'

export interface ModuleLoad {
  readonly bikeIds: readonly string[]
  /** Samples that the broker has acknowledged. */
  published(): number
  run(end: AbortSignal): Promise<void>
}

/** Each track is so long, and comes as often. */
const trackSeconds = 10
const year = 365 * 86_400_000
const drainWithinMs = 60_000

export async function createModuleLoad(of: {
  target: Target
  modules: number
  seed: number
  signal: AbortSignal
}): Promise<ModuleLoad> {
  const { target, signal } = of
  const { MQTT_URL: url = '', DEVICE_AUTHORITY_DIR: authorityDir = '' } = target.env
  const bikes = Array.from({ length: of.modules }, (_, i) => createBike(of.seed, i))
  const producedAt = new Date(Date.now() - year)
  await registerBikes(
    target.sql,
    bikes.map(({ bikeId, riderId }) => ({ bikeId, riderId, producedAt })),
  )
  const startMs = Date.now() - 3_600_000
  const identities: Awaited<ReturnType<typeof enrolModule>>[] = []
  for (const { bikeId } of bikes)
    identities.push(await enrolModule({ bikeId, authorityDir, sql: target.sql }))
  let published = 0

  function wake(bike: Bike, index: number) {
    const identity = identities[index] as (typeof identities)[number]
    const clock = { bootId: 1, bootedAtMs: startMs - 60_000 }
    const module = createModule({ bikeId: bike.bikeId, deviceId: identity.deviceId, clock })
    const random = createRandom(of.seed).fork(`module ${index}`)
    const onEvent = (event: { type: string; samples?: number | undefined }) => {
      if (event.type === 'published') published += event.samples ?? 0
    }
    const online = goOnline({ module, url, identity: () => identity, random, onEvent })
    return { bike, module, online }
  }

  return {
    bikeIds: bikes.map(({ bikeId }) => bikeId),
    published: () => published,
    async run(end) {
      const awake = bikes.map(wake)
      const timers = awake.map(({ bike, module, online }, index) => {
        let riddenMs = startMs
        const ride = () => {
          const series = bike.ride({ startMs: riddenMs, seconds: trackSeconds })
          riddenMs += trackSeconds * 1_000
          if (countSamples(series) > 0) module.record(series)
          online.nudge()
        }
        return startEvery(ride, {
          everyMs: trackSeconds * 1_000,
          firstMs: (index / awake.length) * trackSeconds * 1_000,
        })
      })
      try {
        await new Promise<void>((resolve) => {
          if (end.aborted) resolve()
          end.addEventListener('abort', () => resolve(), { once: true })
        })
        for (const stop of timers) stop()
        const missing = async () =>
          awake.flatMap(({ module }) =>
            module.outbox.entries().length > 0 ? [`module ${module.deviceId} has unsent messages`] : [],
          )
        await waitUntil(missing, { withinMs: drainWithinMs, everyMs: 100, signal })
      } finally {
        for (const stop of timers) stop()
        await Promise.all(awake.map(({ online }) => online.sleep()))
      }
    },
  }
}

/** Spread over time, so that modules do not march in step. */
function startEvery(work: () => void, of: { everyMs: number; firstMs: number }): () => void {
  let interval: ReturnType<typeof setInterval> | undefined
  const first = setTimeout(() => {
    work()
    interval = setInterval(work, of.everyMs)
  }, of.firstMs)
  return () => {
    clearTimeout(first)
    clearInterval(interval)
  }
}
