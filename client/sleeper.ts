// A sleep that can be ended early, by a signal or by a wake-up call.

export interface Sleeper {
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Ends the present sleep; the next one, when nobody sleeps. */
  wake(): void
}

export function createSleeper(): Sleeper {
  let end: (() => void) | undefined
  let woken = false

  return {
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (woken || signal.aborted) {
          woken = false
          resolve()
          return
        }
        end = () => {
          end = undefined
          clearTimeout(timer)
          signal.removeEventListener('abort', wakeUp)
          resolve()
        }
        const wakeUp = () => end?.()
        const timer = setTimeout(wakeUp, ms)
        signal.addEventListener('abort', wakeUp, { once: true })
      }),
    wake: () => {
      if (end) end()
      else woken = true
    },
  }
}
