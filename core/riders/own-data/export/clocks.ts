// How the clocks of a file's samples were corrected. Pure.
import type { Sample } from '../../../engines/elasticsearch/port.ts'

/** The offsets that one rule gave to the samples of one recorder: corrected time = recorded time + offset. */
export interface ClockCorrection {
  readonly recorderId: string
  /** Of `clockRules` in the manifest. */
  readonly rule: string
  readonly leastOffsetMs: number
  readonly greatestOffsetMs: number
}

/** Collects them while samples pass, one for each recorder and rule. */
export function clockList() {
  const known = new Map<string, ClockCorrection>()
  return {
    add(recorderId: string, { rule, offsetMs }: Pick<Sample['provenance'], 'rule' | 'offsetMs'>): void {
      const key = `${recorderId} ${rule}`
      const before = known.get(key)
      const least = Math.min(offsetMs, before?.leastOffsetMs ?? offsetMs)
      const greatest = Math.max(offsetMs, before?.greatestOffsetMs ?? offsetMs)
      if (least === before?.leastOffsetMs && greatest === before.greatestOffsetMs) return
      known.set(key, { recorderId, rule, leastOffsetMs: least, greatestOffsetMs: greatest })
    },
    all: (): readonly ClockCorrection[] => [...known.values()],
  }
}
