// Collects tracks of many uploads into batches: a few milliseconds of waiting for a fraction of the cost per record.
import type { OutgoingTrack, Publish } from '../ports.ts'

export interface BatcherOptions {
  /** Writes one batch; resolves when all of it is acknowledged. Must end within a bound of its own. */
  readonly send: (tracks: readonly OutgoingTrack[]) => Promise<unknown>
  /** How long a batch waits for more tracks. */
  readonly lingerMs: number
  readonly maxTracks: number
  readonly maxBytes: number
  /** Batches being sent at the same time. */
  readonly maxSending: number
  /** Batches waiting for their turn; beyond them tracks are refused. */
  readonly maxWaiting: number
  /** From the first track of a batch to its acknowledgement. */
  readonly timeoutMs: number
}

export interface Batcher {
  readonly publish: Publish
  /** Sends what waits; resolves when every batch is settled. */
  flush(): Promise<void>
}

interface Batch {
  readonly tracks: OutgoingTrack[]
  bytes: number
  readonly settled: Promise<void>
  settle(error?: Error): void
}

export function createBatcher(options: BatcherOptions): Batcher {
  const { send, lingerMs, maxTracks, maxBytes, maxSending, maxWaiting, timeoutMs } = options
  const unsettled = new Set<Batch>()
  const waiting: Batch[] = []
  let open: { batch: Batch; linger: ReturnType<typeof setTimeout> } | undefined
  let sending = 0

  function openBatch(): Batch {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // Whoever published hears of it; nobody else needs to.
    promise.catch(() => undefined)
    const timer = setTimeout(() => {
      batch.settle(new Error(`not acknowledged within ${timeoutMs} ms`))
    }, timeoutMs)
    const batch: Batch = {
      tracks: [],
      bytes: 0,
      settled: promise,
      settle(error) {
        clearTimeout(timer)
        unsettled.delete(batch)
        const place = waiting.indexOf(batch)
        if (place >= 0) waiting.splice(place, 1)
        if (error === undefined) resolve()
        else reject(error)
      },
    }
    unsettled.add(batch)
    open = { batch, linger: setTimeout(closeBatch, lingerMs) }
    return batch
  }

  function closeBatch(): void {
    if (open === undefined) return
    clearTimeout(open.linger)
    waiting.push(open.batch)
    open = undefined
    sendNext()
  }

  function sendNext(): void {
    if (sending >= maxSending) return
    const batch = waiting.shift()
    if (batch === undefined) return
    sending++
    send(batch.tracks)
      .then(
        () => batch.settle(),
        (cause: unknown) => batch.settle(new Error('the batch was not acknowledged', { cause })),
      )
      .finally(() => {
        sending--
        sendNext()
      })
  }

  function add(track: OutgoingTrack): Batch {
    const bytes = track.key.length + track.value.length + recordOverheadBytes
    if (open !== undefined && open.batch.bytes + bytes > maxBytes) closeBatch()
    const batch = open?.batch ?? openBatch()
    batch.tracks.push(track)
    batch.bytes += bytes
    if (batch.tracks.length >= maxTracks) closeBatch()
    return batch
  }

  return {
    async publish(tracks) {
      if (waiting.length >= maxWaiting) throw new Error('too many batches wait for Kafka')
      const batches = new Set<Batch>()
      for (const track of tracks) batches.add(add(track))
      await Promise.all([...batches].map(({ settled }) => settled))
    },
    async flush() {
      closeBatch()
      await Promise.allSettled([...unsettled].map(({ settled }) => settled))
    },
  }
}

/** What Kafka's record format adds at most to key and value. */
const recordOverheadBytes = 64
