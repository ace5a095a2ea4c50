// When everything is well again after a fault: all is ready, no worker lags, and fresh probes have arrived everywhere.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '../../infra/local/index.ts'
import { allServices, type ChaosEnvironment } from './environment.ts'
import type { Fleet } from './fleet.ts'
import { hasLag, readLag } from './lag.ts'

export type Healing =
  | {
      readonly healed: true
      readonly seconds: number
      /** What was waited for to the end, in words. */
      readonly last: string
    }
  | { readonly healed: false; readonly missing: readonly string[] }

export interface HealingOptions {
  readonly environment: ChaosEnvironment
  readonly fleet: Fleet
  /** When the fault was lifted, by `performance.now()`. */
  readonly sinceMs: number
  readonly withinMs: number
  readonly signal: AbortSignal
}

const lookEveryMs = 200
const wakeEveryLooks = 10
const answerWithinMs = 2_000
/** What the load brings in two seconds. The probes tell the rest: all that was there before them has been dealt with. */
const caughtUpRecords = 100

export async function untilHealed(options: HealingOptions): Promise<Healing> {
  const { environment, fleet, sinceMs, withinMs, signal } = options
  const lagging = new Map(
    allServices(environment)
      .filter(hasLag)
      .map((service) => [service, 'lags']),
  )
  const probeMissing = await fleet.prober.probe()
  const look = async (): Promise<readonly string[]> => {
    const unwell = await unwellIn(environment)
    if (unwell.length > 0) return unwell
    await noteCaughtUp(lagging)
    if (lagging.size > 0) return [...lagging].map(([{ name }, how]) => `${name} ${how}`)
    const offline = fleet.modules.filter((module) => !module.isOnline()).length
    if (offline > 0) return [`${offline} modules are offline or cannot publish`]
    return probeMissing()
  }
  let missing: readonly string[] = []
  for (let looks = 1; performance.now() < sinceMs + withinMs; looks++) {
    signal.throwIfAborted()
    const still = await look().catch((error: unknown) => [
      error instanceof Error ? error.message : String(error),
    ])
    const seconds = (performance.now() - sinceMs) / 1_000
    if (still.length === 0) return { healed: true, seconds, last: missing.join('; ') }
    missing = still
    if (looks % wakeEveryLooks === 0) await Promise.all(fleet.modules.map((module) => module.wake()))
    await sleep(lookEveryMs, undefined, { signal })
  }
  return { healed: false, missing }
}

async function unwellIn(environment: ChaosEnvironment): Promise<string[]> {
  const { engines } = environment
  const down = [...engines.values()].filter((engine) => !engine.isUp()).map(({ name }) => `${name} is down`)
  if (down.length > 0) return down
  const troubles = await Promise.all(
    allServices(environment).map(async ({ name, adminUrl }) => {
      const trouble = await readiness(adminUrl)
      return trouble === undefined ? [] : [`${name}: ${trouble}`]
    }),
  )
  return troubles.flat()
}

async function readiness(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(answerWithinMs) })
    const text = await response.text()
    return response.ok ? undefined : text.trim()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** It is enough to have been seen near the end once: the load goes on. Whoever does not tell is not near it. */
async function noteCaughtUp(lagging: Map<Service, string>): Promise<void> {
  await Promise.all(
    [...lagging.keys()].map(async (service) => {
      const lag = await readLag(service.adminUrl)
      if (lag === undefined) lagging.set(service, 'does not tell its lag')
      else if (lag <= caughtUpRecords) lagging.delete(service)
      else lagging.set(service, `lags by ${lag} records`)
    }),
  )
}
