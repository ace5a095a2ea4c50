// Bikes online: modules report over MQTT, one obeys, one sleeps through its command, a stranger is refused, and the service
// that reads what they publish is away for a while.

import { openLink } from '../simulator/module/index.ts'
import { waitUntilKnown } from '../testkit/await-known-bikes.ts'
import { imbalances, type Ledger, total } from '../testkit/books.ts'
import { forgeIdentity } from '../testkit/enrol.ts'
import type { Environment } from '../testkit/environment.ts'
import { waitUntil } from '../testkit/wait.ts'
import { type BikeModule, prepareModules, waitUntilPublished } from './bike-modules.ts'
import { createApp, type FollowedCommand } from './commands.ts'
import type { Engines } from './engines.ts'

export interface DevicesResult {
  readonly modules: readonly BikeModule[]
  readonly executed: FollowedCommand
  readonly expired: FollowedCommand
  /** In the broker's words; undefined when the stranger got in. */
  readonly strangerRefused: string | undefined
  /** Samples that the broker took while nobody read them, and how many of them were in the books then. */
  readonly backlog: { readonly published: number; readonly booked: number }
  readonly ledger: Ledger
  /** Bikes whose app shows the last charge that the module measured. */
  readonly chargesRight: number
}

const settleWithinMs = 60_000

export async function bringBikesOnline(of: {
  environment: Environment
  engines: Engines
  progress: <T>(what: string, work: () => Promise<T>) => Promise<T>
  signal: AbortSignal
}): Promise<DevicesResult> {
  const { environment, engines, progress, signal } = of
  const { env, takeOut } = environment
  const app = createApp({ apiUrl: env.API_URL ?? '', tokenUrl: env.TOKEN_URL ?? '', signal })
  const modules = await prepareModules({ count: 4, env, sql: engines.sql, nowMs: Date.now() })
  await waitUntilKnown(engines.sql, { signal })
  const [obedient, sleeper] = [modules[0] as BikeModule, modules[1] as BikeModule]
  const awake = modules.filter((module) => module !== sleeper)
  const published = () => modules.reduce((sum, module) => sum + module.published(), 0)
  const settled = () =>
    waitUntil(async () => imbalances(await engines.deviceLedger(), published()), {
      withinMs: settleWithinMs,
      everyMs: 250,
      signal,
    })
  try {
    await progress(`${modules.length} bikes go online and report`, async () => {
      for (const module of modules) {
        module.ride()
        module.wake()
      }
      await waitUntilPublished(modules, signal)
      await settled()
    })
    await sleeper.sleep()
    const late = await app.request(sleeper, { kind: 'lock', ttlS: 2 })
    const executed = await progress('switching a light on', async () => {
      const light = await app.request(obedient, { kind: 'light', on: true, ttlS: 60 })
      return app.follow(obedient, light, 'executed')
    })
    const strangerRefused = await progress('a stranger tries to get in', () => impersonate(obedient, env))
    const bringBack = await progress('the devices service is taken out', () => takeOut('devices'))
    const backlog = await progress('nobody reads what bikes publish, and they ride on', async () => {
      const before = { published: published(), booked: total(await engines.deviceLedger(), 'normalize') }
      for (const module of awake) module.ride()
      await waitUntilPublished(awake, signal)
      const booked = total(await engines.deviceLedger(), 'normalize') - before.booked
      return { published: published() - before.published, booked }
    })
    await progress('the devices service is back and drains the backlog', async () => {
      await bringBack()
      await settled()
    })
    const expired = await progress('a command to a sleeping bike expires', async () => {
      const ended = await app.follow(sleeper, late, 'expired')
      sleeper.ride()
      sleeper.wake()
      await waitUntilPublished([sleeper], signal)
      await settled()
      return ended
    })
    const charges = await Promise.all(modules.map(async (each) => (await app.charge(each)) === each.charge()))
    const chargesRight = charges.filter(Boolean).length
    const ledger = await engines.deviceLedger()
    return { modules, executed, expired, strangerRefused, backlog, ledger, chargesRight }
  } finally {
    await Promise.all(modules.map((module) => module.sleep()))
  }
}

/** Shows a certificate that names the module's device and comes from another authority. */
async function impersonate(
  { bikeId, identity }: BikeModule,
  env: Environment['env'],
): Promise<string | undefined> {
  const link = openLink({
    url: env.MQTT_URL ?? '',
    identity: await forgeIdentity(identity),
    commandsTopic: `bikes/${bikeId}/commands`,
    onCommand: () => undefined,
  })
  return link.then(
    async (opened) => {
      await opened.disconnect()
      return undefined
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}
