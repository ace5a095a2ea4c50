// Publishes what has changed in tables on a compacted topic: the outbox. Of all processes one does, the others stand by.
import type { Logger } from 'pino'
import { Gauge, type Registry } from 'prom-client'
import type { FencedWriter, OutgoingRecord, Tombstone } from '../engines/kafka/port.ts'
import { untilAborted } from './back-off.ts'
import { createLoop, type Loop } from './loop.ts'
import type { WorkerMetrics } from './metrics.ts'
import type { Watch } from './watch.ts'

export interface Waiting {
  readonly items: number
  readonly oldestMs: number
}

/** What has changed since it was published. */
export interface Outbox<T> {
  /** What waits longest, each as it is at one moment. */
  waiting(limit: number): Promise<readonly T[]>
  /** Notes that these versions need not be published again, and of how many items: the others are just being changed. */
  published(items: readonly T[]): Promise<number>
  /** How much is waiting, and for how long. */
  backlog(): Promise<Waiting>
}

export interface Leadership {
  /** Takes the lead where no other process has it. Asked again and again, since it may be lost. */
  isLeader(): Promise<boolean>
}

export interface PublicationDeps<T> {
  /** As readiness and the log name it: `bikes`. */
  readonly what: string
  readonly changes: Pick<Outbox<T>, 'waiting' | 'published'>
  /** Undefined where nothing is to be written. */
  readonly toRecord: (item: T) => Omit<OutgoingRecord, 'topic'> | Omit<Tombstone, 'topic'> | undefined
  readonly leadership: Leadership
  /** Shuts out whoever wrote before. */
  readonly openWriter: () => Promise<FencedWriter>
  /** Wakes when something has changed. */
  readonly watch: Watch
  readonly topic: string
  readonly metrics: Pick<WorkerMetrics, 'records'>
  readonly log: Logger
}

export interface Publication extends Loop {
  close(): Promise<void>
}

const itemsAtOnce = 2_000
/** Below the broker's default limit of a record. */
const mostBytes = 900_000
// For notifications that were lost, and for a leader that is gone.
const pollMs = 1_000

/**
 * An item's versions reach the topic in rising order, and the last one always does. The lock only spares processes from
 * shutting each other out; that it may be lost unnoticed does no harm, because Kafka refuses the writes of a former
 * leader, and items are read from the database after the writer was opened. A version may be published twice.
 */
export function createPublication<T>(deps: PublicationDeps<T>): Publication {
  const { what, changes, toRecord, leadership, openWriter, watch, topic, metrics, log } = deps
  let writer: FencedWriter | undefined

  /** A stop does not wait for a writer to open: it is closed when it has opened. */
  async function takeTheLead(signal: AbortSignal): Promise<FencedWriter | undefined> {
    const opening = openWriter()
    const opened = await untilAborted(opening, signal)
    if (opened === undefined) void opening.then((late) => late.close()).catch(() => undefined)
    return opened
  }

  async function stepBack(): Promise<void> {
    const former = writer
    writer = undefined
    await former?.close()
  }

  /** False when there is nothing more to do before the next notification. */
  async function publishSome(open: FencedWriter): Promise<boolean> {
    const items = await changes.waiting(itemsAtOnce)
    if (items.length === 0) return false
    const records = items.flatMap(recordOf)
    if (records.length > 0) await open.write(records)
    const noted = await changes.published(items)
    metrics.records('written', records.length)
    log.debug({ [what]: records.length }, `${what} published`)
    return noted === items.length
  }

  /** One that is too large is set aside until it changes again: the others must not wait for it. */
  function recordOf(item: T): (OutgoingRecord | Tombstone)[] {
    const record = toRecord(item)
    if (record === undefined) return []
    const bytes = record.value?.length ?? 0
    if (bytes <= mostBytes) return [{ topic, ...record }]
    metrics.records('failed', 1)
    log.error(
      { key: Buffer.from(record.key).toString('hex'), bytes },
      `one of the ${what} is too large to be published`,
    )
    return []
  }

  const loop = createLoop({
    what: `publishing ${what}`,
    log,
    async round(signal) {
      if (!(await leadership.isLeader())) {
        await stepBack()
        return watch.next(pollMs, signal)
      }
      try {
        writer ??= await takeTheLead(signal)
        if (writer === undefined) return
        if (!(await publishSome(writer))) await watch.next(pollMs, signal)
      } catch (error) {
        await stepBack()
        throw error
      }
    },
  })
  return { ...loop, close: stepBack }
}

interface GaugeName {
  readonly name: string
  readonly help: string
}

/** Shows how much waits, and for how long. Numbers that cannot be read stay as they were. */
export function exposeWaiting(
  registry: Registry,
  backlog: () => Promise<Waiting>,
  names: { readonly items: GaugeName; readonly seconds: GaugeName },
): void {
  const gauge = (name: GaugeName, read: (waiting: Waiting) => number) =>
    new Gauge({
      ...name,
      registers: [registry],
      async collect() {
        const now = await backlog().catch(() => undefined)
        if (now !== undefined) this.set(read(now))
      },
    })
  gauge(names.items, ({ items }) => items)
  gauge(names.seconds, ({ oldestMs }) => oldestMs / 1_000)
}
