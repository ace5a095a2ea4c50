// The orderly end of an edge process: not ready any more, uploads at hand end and reach Kafka, all within a bound.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../ports.ts'

export interface Ending {
  readonly log: Log
  readonly boundMs: number
  /** Takes no new connections; resolves when the requests at hand are answered. */
  closeServer(): Promise<unknown>
  /** Sends what waits and closes. */
  closePublisher(): Promise<void>
}

/** Ends the process on SIGTERM or SIGINT. What is returned tells whether that has begun. */
export function endOnSignal(ending: Ending): () => boolean {
  let draining = false
  async function end(signal: string): Promise<void> {
    if (draining) return
    draining = true
    ending.log.info({ signal }, 'draining')
    await drain(ending)
    ending.log.info({}, 'stopped')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(signal))
  return () => draining
}

/** Resolves within one bound for both: what has not been acknowledged by then is sent again by its client. */
export async function drain({ log, boundMs, closeServer, closePublisher }: Ending): Promise<void> {
  const late = sleep(boundMs, 'late' as const)
  const closed = closeServer().then(closePublisher)
  if ((await Promise.race([closed, late])) === 'late') log.warn({ boundMs }, 'drained too slowly')
}
