// Word that something has changed, for those who would otherwise ask again and again.
import { setTimeout as delay } from 'node:timers/promises'

/** Tells of changes; a reader looks itself what they were. */
export interface Watch {
  /** Resolves when something has changed since the call before, after `withinMs`, or when `signal` aborts. */
  next(withinMs: number, signal: AbortSignal): Promise<void>
  end(): void
}

/** `raise` tells of a change. A raised watch stays raised until somebody has asked for it. */
export function createWatch(end: () => void): { watch: Watch; raise: () => void } {
  let raised = Promise.withResolvers<void>()
  const watch: Watch = {
    async next(withinMs, signal) {
      const done = new AbortController()
      const time = delay(withinMs, undefined, { signal: AbortSignal.any([signal, done.signal]) })
      await Promise.race([raised.promise, time.catch(() => undefined)])
      done.abort()
      raised = Promise.withResolvers()
    },
    end,
  }
  return { watch, raise: () => raised.resolve() }
}
