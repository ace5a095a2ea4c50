// How long after the edge's acknowledgement a sample is found by a search, and seen as the latest state.
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds since the acknowledgement. */
export interface Freshness {
  readonly searchableMs: number
  readonly latestMs: number
}

export interface Percentiles {
  readonly p50: number | null
  readonly p99: number | null
}

export interface Patience {
  readonly boundMs: number
  /** Asking more often would measure the asking. */
  readonly searchEveryMs: number
  readonly latestEveryMs: number
}

const usual: Patience = { boundMs: 30_000, searchEveryMs: 20, latestEveryMs: 5 }

/** `isSearchable` and `isLatest` are asked over and over until they are true. */
export async function measureFreshness(of: {
  acknowledgedAtMs: number
  isSearchable: () => Promise<boolean>
  isLatest: () => Promise<boolean>
  signal: AbortSignal
  patience?: Patience
}): Promise<Freshness> {
  const { boundMs, searchEveryMs, latestEveryMs } = of.patience ?? usual
  const since = (name: string, everyMs: number, isSo: () => Promise<boolean>) =>
    timeUntil(name, { everyMs, isSo, boundMs, startMs: of.acknowledgedAtMs, signal: of.signal })
  const [searchableMs, latestMs] = await Promise.all([
    since('searchable', searchEveryMs, of.isSearchable),
    since('the latest state', latestEveryMs, of.isLatest),
  ])
  return { searchableMs, latestMs }
}

async function timeUntil(
  name: string,
  of: {
    everyMs: number
    isSo: () => Promise<boolean>
    boundMs: number
    startMs: number
    signal: AbortSignal
  },
): Promise<number> {
  const { boundMs } = of
  for (;;) {
    if (await of.isSo()) return performance.now() - of.startMs
    if (performance.now() - of.startMs > boundMs) {
      throw new Error(`an accepted sample was not ${name} within ${boundMs / 1_000} s`)
    }
    await sleep(of.everyMs, undefined, { signal: of.signal })
  }
}

/** By the nearest rank; null of nothing. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
    return value === undefined ? null : Math.round(value)
  }
  return { p50: at(0.5), p99: at(0.99) }
}
