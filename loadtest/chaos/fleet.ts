// The steady load of a chaos run: phones and modules that ride on and on, whatever happens around them.
import { createConsentStore } from '../../core/engines/postgres/riders/consent-store.ts'
import { registerBikes } from '../../core/fleet/registry/stores.ts'
import { grantConsent } from '../../core/riders/consent/consents.ts'
import { rest } from '../../core/runtime/back-off.ts'
import { waitUntilKnown } from '../../testkit/await-known-bikes.ts'
import type { ChaosEnvironment } from './environment.ts'
import { createModules, moduleBikes, type RidingModule } from './modules.ts'
import { createPhones, type RidingPhone } from './phones.ts'
import { createProber, type Prober } from './prober.ts'
import type { Truth } from './truth.ts'

export interface Fleet {
  readonly prober: Prober
  readonly modules: readonly RidingModule[]
  /** Rides until `signal` aborts. */
  ride(signal: AbortSignal): Promise<void>
  /** What phones and modules still keep, in words. */
  waiting(): Promise<readonly string[]>
  rejected(): readonly string[]
  stop(): Promise<void>
}

export interface FleetOptions {
  readonly environment: ChaosEnvironment
  readonly truth: Truth
  readonly seed: number
  readonly phones: number
  readonly modules: number
}

const rideEveryMs = 1_000
const rideSeconds = 20
const wakeEveryRides = 5
const producedAt = new Date('2022-01-01T00:00:00Z')

export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const { environment, truth, seed } = options
  const { env, sql } = environment
  const nowMs = Date.now()
  const shared = { seed, nowMs, env, truth }
  const phones: RidingPhone[] = createPhones({ ...shared, count: options.phones })
  const prober = createProber({ environment, truth })
  const counted = { count: options.modules, seed }
  const bikes = [...phones, ...moduleBikes(counted), ...prober.bikes]
  await registerBikes(
    sql,
    bikes.map(({ bikeId, riderId }) => ({ bikeId, riderId, producedAt })),
  )
  for (const riderId of new Set(bikes.map((bike) => bike.riderId))) {
    await grantConsent(createConsentStore(sql), {
      riderId,
      purpose: 'research',
      from: producedAt,
      by: 'rider',
    })
  }
  const modules: RidingModule[] = await createModules({ ...shared, ...counted, sql })
  await waitUntilKnown(sql, { bikeIds: bikes.map(({ bikeId }) => bikeId) })
  const senders = [...phones.map(({ sender }) => sender), prober.sender]

  return {
    prober,
    modules,
    async ride(signal) {
      for (let rides = 0; !signal.aborted; rides++) {
        if (rides % wakeEveryRides === 0) await Promise.all(modules.map((module) => module.wake()))
        for (const module of modules) module.ride(rideSeconds)
        for (const phone of phones) await phone.ride(rideSeconds)
        await rest(rideEveryMs, signal)
      }
    },
    async waiting() {
      for (const module of modules) await module.wake()
      const uploads = await Promise.all(senders.map((sender) => sender.waiting()))
      const messages = modules.map((module) => module.waiting())
      const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
      return [
        ...(sum(uploads) > 0 ? [`phones keep ${sum(uploads)} uploads`] : []),
        ...(sum(messages) > 0 ? [`modules keep ${sum(messages)} messages`] : []),
      ]
    },
    rejected: () => senders.flatMap((sender) => sender.rejected()),
    async stop() {
      await Promise.all([
        ...senders.map((sender) => sender.stop()),
        ...modules.map((module) => module.sleep()),
      ])
    },
  }
}
