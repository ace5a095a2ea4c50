// Steady load: work begins at fixed times whether or not earlier work has ended, as with independent phones.
import { setTimeout as sleep } from 'node:timers/promises'

export interface PacedOptions {
  readonly perSecond: number
  readonly count: number
  /** At the latest so much work is under way; beyond it the load waits, and that is reported as delay. */
  readonly maxUnderWay: number
}

export interface PacedResult {
  readonly failures: readonly unknown[]
  readonly seconds: number
  /** How far the load fell behind its timetable at worst; large values make a run worthless. */
  readonly worstDelayMs: number
}

export async function paced(
  options: PacedOptions,
  work: (index: number) => Promise<void>,
): Promise<PacedResult> {
  const { perSecond, count, maxUnderWay } = options
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  let worstDelayMs = 0
  const startMs = performance.now()
  for (let index = 0; index < count; index++) {
    const dueMs = startMs + (index * 1000) / perSecond
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    while (underWay.size >= maxUnderWay) await Promise.race(underWay)
    worstDelayMs = Math.max(worstDelayMs, performance.now() - dueMs)
    const running: Promise<void> = work(index)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(running))
    underWay.add(running)
  }
  await Promise.all(underWay)
  return { failures, seconds: (performance.now() - startMs) / 1000, worstDelayMs }
}
