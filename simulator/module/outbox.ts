// What a module has to send, in order, and keeps until the broker has it: tracks and answers to commands. Pure.

export interface OutboxMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** Of a track; an answer has none. */
  readonly samples?: number
}

interface OutboxEntry extends OutboxMessage {
  readonly id: number
}

export interface Outbox {
  /** When the room is used up, the oldest tracks give way, whose numbers the platform will miss; answers never do. */
  add(message: OutboxMessage): void
  /** The next that was not handed out since the last connection; undefined when all were. */
  next(): OutboxEntry | undefined
  /** The broker has it. False when it is not here any more. */
  acknowledge(id: number): boolean
  /** After a lost connection nobody knows what arrived: everything is to be handed out again. */
  rewind(): void
  /** What the broker has not acknowledged, in order. */
  entries(): readonly OutboxEntry[]
  /** Tracks that gave way. */
  dropped(): number
}

export interface OutboxOptions {
  readonly maxBytes: number
  /** As `entries` gave it before a restart. */
  readonly kept?: readonly OutboxMessage[]
}

export function createOutbox({ maxBytes, kept = [] }: OutboxOptions): Outbox {
  const entries = new Map<number, OutboxEntry>()
  let lastId = 0
  let handedOutId = 0
  let bytes = 0
  let dropped = 0

  function remove(id: number): boolean {
    bytes -= entries.get(id)?.payload.length ?? 0
    return entries.delete(id)
  }

  function add(message: OutboxMessage): void {
    lastId += 1
    entries.set(lastId, { ...message, id: lastId })
    bytes += message.payload.length
    for (const { id, samples } of entries.values()) {
      if (bytes <= maxBytes) return
      if (samples !== undefined && remove(id)) dropped += 1
    }
  }

  for (const message of kept) add(message)
  return {
    add,
    next() {
      for (const entry of entries.values()) {
        if (entry.id <= handedOutId) continue
        handedOutId = entry.id
        return entry
      }
      return undefined
    },
    acknowledge: remove,
    rewind() {
      handedOutId = 0
    },
    entries: () => [...entries.values()],
    dropped: () => dropped,
  }
}
