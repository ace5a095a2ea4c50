// Waiting for what must come: bounded, and with a message about what did not.
import { setTimeout as sleep } from 'node:timers/promises'

export interface WaitOptions {
  readonly withinMs: number
  readonly everyMs: number
  readonly signal: AbortSignal
}

/** Asks until nothing is missing; rejects with what still was when the time is over. */
export async function waitUntil(
  missing: () => Promise<readonly string[]>,
  { withinMs, everyMs, signal }: WaitOptions,
): Promise<void> {
  const endMs = performance.now() + withinMs
  for (;;) {
    const still = await missing()
    if (still.length === 0) return
    if (performance.now() > endMs) {
      throw new Error(`not within ${withinMs / 1_000} s:\n${still.map((line) => `  ${line}`).join('\n')}`)
    }
    await sleep(everyMs, undefined, { signal })
  }
}
