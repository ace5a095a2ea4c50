// Stand-ins for what workers read from and count with, for their unit tests.
import { Registry } from 'prom-client'
import type { WorkerMetrics } from '../core/runtime/metrics.ts'

export interface FakeConsumer<T> {
  run(handle: (batch: readonly T[], signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>
  lag(): Promise<[]>
  inFlight(): number
  trouble(): undefined
  close(): Promise<void>
}

/** In place of tombstones, and of the erased spans of bikes. */
export const nobodyErased = { find: async () => new Map<string, never>() }

/**
 * Hands over batches as the real consumers do: each one again until it is handled, and only then the next. Writes
 * `acknowledged` or the message of the error into `log`, where a test's other stand-ins write too, so that it reads in
 * which order things happened.
 */
export function fakeConsumer<T>(batches: readonly (readonly T[])[], log: string[] = []): FakeConsumer<T> {
  const tries = 3
  async function handOver(batch: readonly T[], handle: (batch: readonly T[]) => Promise<void>) {
    for (let attempt = 0; attempt < tries; attempt++) {
      try {
        await handle(batch)
        log.push('acknowledged')
        return
      } catch (error) {
        log.push(error instanceof Error ? error.message : String(error))
      }
    }
  }
  return {
    async run(handle, signal) {
      for (const batch of batches) await handOver(batch, (each) => handle(each, signal))
    },
    lag: async () => [],
    inFlight: () => 0,
    trouble: () => undefined,
    close: async () => undefined,
  }
}

export interface FakeMetrics extends WorkerMetrics {
  /** `{ received: 3, written: 2, 'withheld consent_absent': 4 }`: what was counted, without zeros. */
  readonly counts: Readonly<Record<string, number>>
}

export function fakeMetrics(): FakeMetrics {
  const counts: Record<string, number> = {}
  const add = (name: string, count: number) => {
    if (count !== 0) counts[name] = (counts[name] ?? 0) + count
  }
  return {
    counts,
    registry: new Registry(),
    samples: (outcome, count, reason = '') => add(`${outcome} ${reason}`.trim(), count),
    records: add,
    batchSeconds: () => undefined,
    arrived: () => undefined,
  }
}

/** A function that fails the first `times` times, for stand-ins of an engine that is away for a while. */
export function failing(times: number, message: string): () => void {
  let left = times
  return () => {
    if (left-- > 0) throw new Error(message)
  }
}
