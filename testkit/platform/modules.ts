// Simulated IoT modules of a platform's bikes, on the real broker, and what they tell about themselves.

import { countSamples, createBike, createRandom } from '../../simulator/index.ts'
import {
  createModule,
  goOnline,
  type HandledCommand,
  type Identity,
  type Module,
  type ModuleMemory,
  type OnlineModule,
} from '../../simulator/module/index.ts'
import { enrolModule } from '../enrol.ts'
import type { TestPlatform } from './platform.ts'

export interface RigModule {
  readonly bikeId: string
  readonly identity: Identity
  /** Everything it was told, in order. */
  readonly commands: readonly HandledCommand[]
  module(): Module
  isOnline(): boolean
  /** Rides on for so many seconds up to now, records it, and returns the number of samples. */
  ride(seconds: number): number
  wake(): void
  sleep(): Promise<void>
  /** As when its power fails: what is in its flash stays. */
  restart(): Promise<void>
}

export async function newModule(
  platform: TestPlatform,
  { bikeId, seed }: { bikeId: string; seed: number },
): Promise<RigModule> {
  const { MQTT_URL: url = '' } = platform.env
  const identity = await enrolModule({ bikeId, env: platform.env, sql: platform.sql })
  await platform.bikesKnown()
  const { deviceId } = identity
  const clock = { bootId: 1, bootedAtMs: Date.now() - 86_400_000 }
  const random = createRandom(seed)
  const bike = createBike(seed, 0)
  const commands: HandledCommand[] = []
  const start = (memory?: ModuleMemory) =>
    createModule({ bikeId, deviceId, clock, authority: identity.authority, ...(memory && { memory }) })
  let module = start()
  let online: OnlineModule | undefined
  let isOnline = false
  let riddenUntilMs = clock.bootedAtMs

  const sleep = async () => {
    await online?.sleep()
    online = undefined
  }
  const wake = () => {
    online ??= goOnline({
      module,
      url,
      identity: () => identity,
      random,
      onEvent: (event) => {
        if (event.type === 'command') commands.push(event)
        if (event.type === 'connected') isOnline = true
        if (event.type === 'offline') isOnline = false
      },
    })
  }
  return {
    bikeId,
    identity,
    commands,
    module: () => module,
    isOnline: () => isOnline,
    ride(seconds) {
      // Rides follow each other in the past: however many there are, none overlaps and none is in the future.
      const series = bike.ride({ startMs: riddenUntilMs, seconds })
      riddenUntilMs += seconds * 1_000
      module.record(series)
      online?.nudge()
      return countSamples(series)
    },
    wake,
    sleep,
    async restart() {
      const memory = structuredClone(module.memory())
      await sleep()
      module = start(memory)
      wake()
    },
  }
}
