// Bounds what is open at once, in all and for one caller: requests, and streams.

export interface Slots {
  /** Takes a place and returns how to leave it, once however often that is called; undefined when there is none. */
  enter(caller: string): (() => void) | undefined
}

export function createSlots({ total, perCaller }: { total: number; perCaller: number }): Slots {
  const open = new Map<string, number>()
  let sum = 0
  return {
    enter(caller) {
      const own = open.get(caller) ?? 0
      if (sum >= total || own >= perCaller) return undefined
      open.set(caller, own + 1)
      sum++
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        const left = (open.get(caller) ?? 1) - 1
        if (left === 0) open.delete(caller)
        else open.set(caller, left)
        sum--
      }
    },
  }
}
