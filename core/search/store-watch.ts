// Asks now and then whether the store answers, so that readiness tells the truth also when there is no work.
import { setTimeout as pause } from 'node:timers/promises'

const everyMs = 5_000

export interface StoreWatch {
  /** Watches until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  trouble(): string | undefined
}

export function createStoreWatch(ping: () => Promise<void>): StoreWatch {
  let trouble: string | undefined
  return {
    async run(signal) {
      while (!signal.aborted) {
        trouble = await ping().then(
          () => undefined,
          (error: unknown) => `Elasticsearch: ${error instanceof Error ? error.message : String(error)}`,
        )
        await pause(everyMs, undefined, { signal }).catch(() => undefined)
      }
    },
    trouble: () => trouble,
  }
}
