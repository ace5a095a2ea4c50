// Work that is done round after round for as long as a process lives.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { pause } from './back-off.ts'

export interface Loop {
  run(signal: AbortSignal): Promise<void>
  /** Why the last round failed; undefined when it did not. */
  trouble(): string | undefined
}

export interface LoopOptions {
  /** As readiness and the log name it: `dispatching commands`. */
  readonly what: string
  /** Waits itself for the next occasion. A rejection means broken infrastructure: the round comes again after a growing pause. */
  round(signal: AbortSignal): Promise<void>
  readonly log: Pick<Logger, 'warn'>
}

export function createLoop({ what, round, log }: LoopOptions): Loop {
  let trouble: string | undefined
  return {
    async run(signal) {
      for (let attempt = 0; !signal.aborted; ) {
        try {
          await round(signal)
          trouble = undefined
          attempt = 0
        } catch (error) {
          trouble = `${what}: ${error instanceof Error ? error.message : String(error)}`
          log.warn({ attempt, err: error }, `${what} failed, will be repeated`)
          await pause(attempt++, signal)
        }
      }
    },
    trouble: () => trouble,
  }
}

export interface EngineWatchOptions {
  /** As readiness names it: `PostgreSQL`. */
  readonly engine: string
  ping(): Promise<unknown>
  readonly everyMs?: number
}

const patienceMs = 5_000

/** Asks an engine now and then whether it answers, so that readiness tells the truth also when there is no work. */
export function createEngineWatch({ engine, ping, everyMs = 3_000 }: EngineWatchOptions): Loop {
  let trouble: string | undefined = `${engine}: not reached yet`
  return {
    async run(signal) {
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
    },
    trouble: () => trouble,
  }
}
