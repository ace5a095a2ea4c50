// Bounds the streams that are open at once, in all and for one caller.
import type { Problem } from '../problem.ts'

export interface StreamSlots {
  /** Takes a place and returns how to leave it; undefined when there is none. */
  enter(caller: string): (() => void) | undefined
}

export function createStreamSlots({ total, perCaller }: { total: number; perCaller: number }): StreamSlots {
  const open = new Map<string, number>()
  let sum = 0
  return {
    enter(caller) {
      const own = open.get(caller) ?? 0
      if (sum >= total || own >= perCaller) return undefined
      open.set(caller, own + 1)
      sum++
      return () => {
        const left = (open.get(caller) ?? 1) - 1
        if (left === 0) open.delete(caller)
        else open.set(caller, left)
        sum--
      }
    },
  }
}

export const tooManyStreams: Problem<'too_many_streams'> = {
  reason: 'too_many_streams',
  detail: 'close other streams, or try again',
}
