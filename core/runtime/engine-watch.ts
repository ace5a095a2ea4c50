// Asks an engine now and then whether it answers, so that readiness tells the truth also when there is no work.
import { setTimeout as delay } from 'node:timers/promises'

export interface EngineWatch {
  /** `work`, and the watch as long as it runs. */
  during(work: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void>
  trouble(): string | undefined
}

export interface EngineWatchOptions {
  /** As readiness names it: `PostgreSQL`. */
  readonly engine: string
  ping(): Promise<unknown>
  readonly everyMs?: number
}

const patienceMs = 5_000

export function createEngineWatch({ engine, ping, everyMs = 3_000 }: EngineWatchOptions): EngineWatch {
  let trouble: string | undefined = `${engine}: not reached yet`

  async function watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const silence = delay(patienceMs, `no answer in ${patienceMs} ms`, { ref: false })
      const answer = ping().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message || error.name : String(error)),
      )
      const fault = await Promise.race([answer, silence])
      trouble = fault === undefined ? undefined : `${engine}: ${fault}`
      await delay(everyMs, undefined, { signal }).catch(() => undefined)
    }
  }

  return {
    during: (work) => async (signal) => {
      const done = new AbortController()
      const watching = watch(AbortSignal.any([signal, done.signal]))
      try {
        await work(signal)
      } finally {
        done.abort()
        await watching
      }
    },
    trouble: () => trouble,
  }
}
