// The bikes with IoT modules of the demonstration: enrolled, on the air, and what they tell about themselves.
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { registerBikes } from '../core/fleet/registry/stores.ts'
import { countSamples, createBike, createRandom, cutSeries, metric, type Series } from '../simulator/index.ts'
import {
  createModule,
  goOnline,
  type HandledCommand,
  type Identity,
  type Module,
  type OnlineModule,
} from '../simulator/module/index.ts'
import { enrolModule } from '../testkit/enrol.ts'
import { waitUntil } from '../testkit/wait.ts'

export interface BikeModule {
  readonly bikeId: string
  readonly riderId: string
  readonly identity: Identity
  readonly module: Module
  /** Commands it was told, in order. */
  readonly commands: readonly HandledCommand[]
  /** Samples it has recorded, and those that the broker has acknowledged. */
  recorded(): number
  published(): number
  /** State of charge that it measured last, percent. */
  charge(): number | undefined
  /** Rides on for two minutes, in tracks of ten seconds; may be called twice. */
  ride(): void
  wake(): void
  sleep(): Promise<void>
}

const seed = 2025
const rideSeconds = 120
const trackSeconds = 10
const rides = 2
const year = 365 * 86_400_000

export async function prepareModules(of: {
  count: number
  env: Readonly<Record<string, string | undefined>>
  sql: Sql
  nowMs: number
}): Promise<BikeModule[]> {
  const { count, env, sql, nowMs } = of
  const bikes = Array.from({ length: count }, (_, index) => ({ ...createBike(seed, index), index }))
  const producedAt = new Date(nowMs - year)
  await registerBikes(
    sql,
    bikes.map(({ bikeId, riderId }) => ({ bikeId, riderId, producedAt })),
  )
  return Promise.all(
    bikes.map(async ({ bikeId, riderId, index, ride }) => {
      const identity = await enrolModule({ bikeId, env, sql })
      const startMs = nowMs - (rides * rideSeconds + 30) * 1_000
      return createBikeModule({ bikeId, riderId, identity, ride, url: env.MQTT_URL ?? '', startMs, index })
    }),
  )
}

function createBikeModule(of: {
  bikeId: string
  riderId: string
  identity: Identity
  ride: (of: { startMs: number; seconds: number }) => readonly Series[]
  url: string
  startMs: number
  index: number
}): BikeModule {
  const { bikeId, riderId, identity, url } = of
  const clock = { bootId: 1, bootedAtMs: of.startMs - 60_000 }
  const module = createModule({
    ...{ bikeId, deviceId: identity.deviceId, clock },
    authority: identity.authority,
  })
  const random = createRandom(seed).fork(`module ${of.index}`)
  const commands: HandledCommand[] = []
  let online: OnlineModule | undefined
  let startMs = of.startMs
  let recorded = 0
  let published = 0
  let charge: number | undefined
  return {
    bikeId,
    riderId,
    identity,
    module,
    commands,
    recorded: () => recorded,
    published: () => published,
    charge: () => charge,
    ride() {
      const series = of.ride({ startMs, seconds: rideSeconds })
      const cutsMs = Array.from(
        { length: rideSeconds / trackSeconds - 1 },
        (_, i) => startMs + (i + 1) * trackSeconds * 1_000,
      )
      for (const part of cutSeries(series, cutsMs)) module.record(part)
      startMs += rideSeconds * 1_000
      recorded += countSamples(series)
      charge = metric(series, 'state_of_charge_pct')?.at(-1)
      online?.nudge()
    },
    wake() {
      online ??= goOnline({
        module,
        url,
        identity: () => identity,
        random,
        onEvent: (event) => {
          if (event.type === 'published') published += event.samples ?? 0
          if (event.type === 'command') commands.push(event)
        },
      })
    },
    async sleep() {
      await online?.sleep()
      online = undefined
    },
  }
}

/** The broker has all that these modules recorded. */
export function waitUntilPublished(modules: readonly BikeModule[], signal: AbortSignal): Promise<void> {
  const missing = async () =>
    modules
      .filter(({ module }) => module.outbox.entries().length > 0)
      .map(({ bikeId, module }) => `bike ${bikeId} keeps ${module.outbox.entries().length} messages`)
  return waitUntil(missing, { withinMs: 60_000, everyMs: 50, signal })
}
