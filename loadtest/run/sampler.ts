// Reads /metrics of every service once a second while a load runs and settles.
import { readExposition } from '../report/exposition.ts'
import { readService, type ServiceReadings } from '../report/readings.ts'
import type { Target } from './target.ts'

export interface Moment {
  readonly atMs: number
  /** By service; undefined when it did not answer. */
  readonly services: Readonly<Record<string, ServiceReadings | undefined>>
}

const everyMs = 1_000
/** So many are kept; of a long run they lie further apart. */
const mostMoments = 20_000
const withinMs = 5_000

export interface Sampler {
  readonly moments: readonly Moment[]
  stop(): void
}

export function startSampler(services: Target['services'], seconds: number): Sampler {
  const moments: Moment[] = []
  let isUnderWay = false
  const sample = async () => {
    if (isUnderWay) return
    isUnderWay = true
    const atMs = Date.now()
    const read = await Promise.all(
      services.map(async ({ name, url }) => [name, await readingsOf(url)] as const),
    )
    moments.push({ atMs, services: Object.fromEntries(read) })
    isUnderWay = false
  }
  const timer = setInterval(() => void sample(), Math.max(everyMs, (1_000 * seconds) / mostMoments))
  return { moments, stop: () => clearInterval(timer) }
}

async function readingsOf(url: string): Promise<ServiceReadings | undefined> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(withinMs) })
    return response.ok ? readService(readExposition(await response.text())) : undefined
  } catch {
    return undefined
  }
}
