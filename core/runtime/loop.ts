// Work that is done round after round for as long as a process lives.
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
