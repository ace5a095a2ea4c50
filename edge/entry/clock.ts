// The clocks that every runtime has.
import type { Clock } from '../ports.ts'

export const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
