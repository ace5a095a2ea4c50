// Bikes with IoT modules on the air, whose outbox keeps every track until the broker has it.
import type { Sql } from '../../core/engines/postgres/client/connect.ts'
import { readTrack } from '../../proto/index.ts'
import { createBike, createRandom } from '../../simulator/index.ts'
import { createModule, goOnline, type OnlineModule } from '../../simulator/module/index.ts'
import { enrolModule } from '../../testkit/enrol.ts'
import { pastMs } from './phones.ts'
import type { Truth } from './truth.ts'

export interface RidingModule {
  readonly bikeId: string
  readonly riderId: string
  /** Rides on for some seconds and records it. */
  ride(seconds: number): void
  /** Messages that the broker has not acknowledged. */
  waiting(): number
  /** Connected, and nothing that it recorded before the last ride waits. */
  isOnline(): boolean
  /** Connects anew and at once, if it is not connected: a module's own pauses may last two minutes. */
  wake(): Promise<void>
  sleep(): Promise<void>
}

export interface ModulesOptions {
  readonly count: number
  readonly seed: number
  readonly nowMs: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly sql: Sql
  readonly truth: Truth
}

/** Bikes of the seed from here on have modules; those before have phones. */
const firstIndex = 1_000

export interface ModuleBike {
  readonly bikeId: string
  readonly riderId: string
}

export function moduleBikes({ count, seed }: Pick<ModulesOptions, 'count' | 'seed'>): ModuleBike[] {
  return Array.from({ length: count }, (_, index) => createBike(seed, firstIndex + index))
}

/** Their bikes must be registered. */
export function createModules(options: ModulesOptions): Promise<RidingModule[]> {
  return Promise.all(Array.from({ length: options.count }, (_, index) => startModule(index, options)))
}

async function startModule(index: number, options: ModulesOptions): Promise<RidingModule> {
  const { seed, nowMs, env, sql, truth } = options
  const bike = createBike(seed, firstIndex + index)
  const { bikeId, riderId } = bike
  const identity = await enrolModule({ bikeId, env, sql })
  const clock = { bootId: 1, bootedAtMs: nowMs - pastMs - 60_000 }
  const module = createModule({
    ...{ bikeId, deviceId: identity.deviceId, clock },
    authority: identity.authority,
  })
  const random = createRandom(seed).fork(`module ${index}`)
  let online: OnlineModule | undefined
  let isOnline = false
  let riddenUntilMs = nowMs - pastMs
  let lastBeforeRide = 0

  const goOnAir = () =>
    goOnline({
      module,
      url: env.MQTT_URL ?? '',
      identity: () => identity,
      random,
      onEvent: ({ type }) => {
        if (type === 'connected') isOnline = true
        if (type === 'offline') isOnline = false
      },
    })
  const sleep = async () => {
    const leaving = online
    online = undefined
    await leaving?.sleep()
  }
  return {
    bikeId,
    riderId,
    ride(seconds) {
      lastBeforeRide = module.outbox.entries().at(-1)?.id ?? 0
      module.record(bike.ride({ startMs: riddenUntilMs, seconds }))
      riddenUntilMs += seconds * 1_000
      const recorded = module.outbox
        .entries()
        .filter(({ id, samples }) => id > lastBeforeRide && samples !== undefined)
      truth.add(recorded.map(({ payload }) => readTrack(payload)))
      online?.nudge()
    },
    waiting: () => module.outbox.entries().length,
    isOnline: () => isOnline && module.outbox.entries().every(({ id }) => id > lastBeforeRide),
    async wake() {
      if (isOnline) return
      await sleep()
      online = goOnAir()
    },
    sleep,
  }
}
