// When a rider's data may be used: the rider consents now, and consented when it was recorded. Pure.
import type { ConsentRange } from './port.ts'

export function consentsNow(consents: readonly ConsentRange[]): boolean {
  return consents.some(({ now }) => now)
}

/**
 * Whether the rider consented from `firstMs` to `lastMs`, both included, without a break. `consents` are in the order of time.
 *
 * `[10, 20)` and `[20, 30)` cover 12 to 25, not 12 to 30.
 */
export function consentedThroughout(
  consents: readonly ConsentRange[],
  firstMs: number,
  lastMs: number = firstMs,
): boolean {
  let uncoveredMs = firstMs
  for (const { fromMs, untilMs } of consents) {
    if (fromMs <= uncoveredMs && uncoveredMs < untilMs) uncoveredMs = untilMs
  }
  return uncoveredMs > lastMs
}
