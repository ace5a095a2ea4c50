// The load of bikes' own modules, by MQTT, which k6 does not speak: simulated modules ride, report, and wait for the broker.
import { registerBikes } from '../../core/fleet/registry/stores.ts'
import { type Bike, createBike, createRandom, type Random } from '../../simulator/index.ts'
import { createModule, goOnline, type Identity } from '../../simulator/module/index.ts'
import { waitUntilKnown } from '../../testkit/await-known-bikes.ts'
import { enrolModule } from '../../testkit/enrol.ts'
import { waitUntil } from '../../testkit/wait.ts'
import { type AnswersByUpload, createUploadAnswers } from '../report/upload-answers.ts'
import type { Target } from './target.ts'

export interface ModuleLoad {
  readonly bikeIds: readonly string[]
  /** What the broker has acknowledged, by the module's name as a sender. */
  readonly published: AnswersByUpload
  run(end: AbortSignal): Promise<void>
}

interface Pace {
  /** Each of its tracks is so long. */
  readonly trackSeconds: number
  readonly everyMs: number
  /** Unix milliseconds at which the bikes set out. */
  readonly startMs: number
}

const year = 365 * 86_400_000
const drainWithinMs = 60_000

export interface ModuleLoadOptions {
  readonly target: Target
  readonly modules: number
  readonly seed: number
  /** Tracks of ten seconds as they are ridden, when absent. */
  readonly pace?: Pace
  readonly signal: AbortSignal
}

export async function createModuleLoad({
  target,
  modules,
  seed,
  pace = { trackSeconds: 10, everyMs: 10_000, startMs: Date.now() - 3_600_000 },
  signal,
}: ModuleLoadOptions): Promise<ModuleLoad> {
  const bikes = Array.from({ length: modules }, (_, i) => createBike(seed, i))
  const identities = await enrolAll(target, bikes)
  const { everyMs } = pace
  const published = createUploadAnswers()

  async function run(end: AbortSignal): Promise<void> {
    const awake = bikes.map((bike, index) => {
      const random = createRandom(seed).fork(`module ${index}`)
      const identity = identities[index] as Identity
      const onPublished = (samples: number) => published.add(`bike:${bike.bikeId}`, { accepted: samples })
      return wake({ bike, identity, url: target.env.MQTT_URL ?? '', pace, random, onPublished })
    })
    const timers = awake.map(({ ride }, index) =>
      startEvery(ride, { everyMs, firstMs: (index / awake.length) * everyMs }),
    )
    try {
      await aborted(end)
      for (const stop of timers) stop()
      const missing = async () => awake.flatMap(({ unsent }) => unsent())
      await waitUntil(missing, { withinMs: drainWithinMs, everyMs: 100, signal })
    } finally {
      for (const stop of timers) stop()
      await Promise.all(awake.map(({ sleep }) => sleep()))
    }
  }

  return { bikeIds: bikes.map(({ bikeId }) => bikeId), published: published.uploads, run }
}

async function enrolAll({ env, sql }: Target, bikes: readonly Bike[]): Promise<Identity[]> {
  const producedAt = new Date(Date.now() - year)
  await registerBikes(
    sql,
    bikes.map(({ bikeId, riderId }) => ({ bikeId, riderId, producedAt })),
  )
  const identities: Identity[] = []
  for (const { bikeId } of bikes) {
    identities.push(await enrolModule({ bikeId, env, sql }))
  }
  await waitUntilKnown(sql, { bikeIds: bikes.map(({ bikeId }) => bikeId) })
  return identities
}

function wake(of: {
  bike: Bike
  identity: Identity
  url: string
  pace: Pace
  random: Random
  onPublished: (samples: number) => void
}) {
  const { bike, identity, url, random, onPublished } = of
  const { trackSeconds, startMs } = of.pace
  const { bikeId } = bike
  const { deviceId } = identity
  const module = createModule({ bikeId, deviceId, clock: { bootId: 1, bootedAtMs: startMs - 60_000 } })
  const online = goOnline({
    module,
    url,
    identity: () => identity,
    random,
    onEvent: (event) => {
      if (event.type === 'published' && event.samples !== undefined) onPublished(event.samples)
    },
  })
  let riddenMs = startMs
  return {
    ride() {
      module.record(bike.ride({ startMs: riddenMs, seconds: trackSeconds }))
      riddenMs += trackSeconds * 1_000
      online.nudge()
    },
    unsent: () => (module.outbox.entries().length > 0 ? [`module ${deviceId} has unsent messages`] : []),
    sleep: online.sleep,
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
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
