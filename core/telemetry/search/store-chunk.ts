// Brings one chunk into the store: creates its documents until each sample is settled.
import type {
  ExistingDocument,
  Partition,
  SampleIdentity,
  TelemetryWriter,
} from '../../engines/elasticsearch/port.ts'
import { pause } from '../../runtime/back-off.ts'
import type { Chunk, Slice } from './chunks.ts'
import { writeDocument } from './document-writer.ts'
import { admissionOf, afterBlock, type NewPartitions } from './partitions.ts'
import { compare, type Step, settle, stepAfter } from './planned-track.ts'

/** A sample on its way. */
export interface Item {
  readonly slice: Slice
  readonly sample: number
}

export interface StoreChunkDeps {
  readonly store: TelemetryWriter
  /** Siblings that are known to be open; to be kept as long as the worker. */
  readonly openSiblings: Set<string>
  readonly newPartitions: Pick<NewPartitions, 'ask'>
  /** Called with why the store takes no documents at the moment. */
  readonly onDelay: (why: string) => void
}

/**
 * Resolves when every sample is settled; those are parked whose partition is not there, and it is asked for. Rejects when the store fails
 * as a whole, or when `signal` aborts a wait.
 */
export async function storeChunk(deps: StoreChunkDeps, chunk: Chunk, signal: AbortSignal): Promise<void> {
  const { store, onDelay } = deps
  const { partition } = chunk
  let items = chunk.slices.flatMap((slice) => slice.samples.map((sample): Item => ({ slice, sample })))
  let pauses = 0
  while (items.length > 0) {
    const generations = await openGenerations(deps, partition)
    const index = generations.at(-1)
    if (index === undefined) return park(items, deps.newPartitions.ask(partition, sendersOf(chunk)))
    if (generations.length > 1) items = await settleKnown(store, generations.slice(0, -1), items)
    const again = await createOnce(store, index, items)
    items = again.items
    if (again.because.has('missing')) store.forget(partition)
    const noSibling = again.because.has('blocked') ? await supersede(store, partition, index) : undefined
    if (noSibling !== undefined) return park(items, noSibling)
    if (again.busy === undefined) continue
    onDelay(again.busy)
    await pause(pauses++, signal)
    signal.throwIfAborted()
  }
}

/** The indices of a partition, oldest first; none where it is not made yet. Rejects while the newest must not be written to. */
async function openGenerations(
  { store, openSiblings }: StoreChunkDeps,
  partition: Partition,
): Promise<readonly string[]> {
  const generations = await store.generations(partition)
  const [predecessor, sibling] = generations.slice(-2)
  if (predecessor === undefined || sibling === undefined || openSiblings.has(sibling)) return generations
  const admission = admissionOf(await store.siblingFacts(predecessor, sibling))
  if (admission.type === 'closed') {
    const seconds = Math.ceil(admission.forMs / 1_000)
    throw new Error(`${sibling} is not written to for ${seconds} s: a worker may not know it yet`)
  }
  if (admission.type === 'open after refresh') await store.refresh(predecessor)
  openSiblings.add(sibling)
  return generations
}

function park(items: readonly Item[], detail: string): void {
  for (const item of items) settleItem(item, { type: 'settle', outcome: 'parked', detail })
}

const sendersOf = ({ slices }: Chunk) => [...new Set(slices.map(({ plan }) => plan.raw.sender))]

/** Resolves with why there can be no sibling of an index that refuses writes. */
async function supersede(
  store: TelemetryWriter,
  partition: Partition,
  index: string,
): Promise<string | undefined> {
  store.forget(partition)
  const generations = await store.generations(partition)
  if (afterBlock(generations, index) === 'go on') return undefined
  return store.addSibling(partition, generations)
}

/** Settles what earlier generations, closed by now, hold already, and returns the rest. */
async function settleKnown(
  store: TelemetryWriter,
  indices: readonly string[],
  items: readonly Item[],
): Promise<Item[]> {
  const found = new Map<string, ExistingDocument>()
  for (const document of await store.find(indices, items.map(identityOf))) {
    found.set(identityKey(document), document)
  }
  return items.filter((item) => {
    const existing = found.get(identityKey(identityOf(item)))
    if (existing !== undefined) settleByComparison(item, existing)
    return existing === undefined
  })
}

interface Again {
  readonly items: Item[]
  readonly because: ReadonlySet<'blocked' | 'missing' | 'busy'>
  readonly busy: string | undefined
}

async function createOnce(store: TelemetryWriter, index: string, items: readonly Item[]): Promise<Again> {
  const again: Item[] = []
  const because = new Set<'blocked' | 'missing' | 'busy'>()
  let busy: string | undefined
  if (items.length === 0) return { items: again, because, busy }
  const answers = await store.create(index, { body: documentsOf(items), documents: items.length })
  const taken: { item: Item; id: string }[] = []
  for (const [i, item] of items.entries()) {
    const step: Step =
      answers === undefined ? created : stepAfter(answers[i] as NonNullable<(typeof answers)[number]>)
    if (step.type === 'settle') settleItem(item, step)
    else if (step.type === 'compare') taken.push({ item, id: step.id })
    else {
      again.push(item)
      because.add(step.because)
      busy ??= step.detail
    }
  }
  if (taken.length > 0) again.push(...(await settleTaken(store, index, taken)))
  return { items: again, because, busy }
}

const created: Step = { type: 'settle', outcome: 'stored' }

/** Compares with the documents that were there first; returns the items whose document has gone meanwhile. */
async function settleTaken(
  store: TelemetryWriter,
  index: string,
  taken: readonly { item: Item; id: string }[],
): Promise<Item[]> {
  const documents = await store.get(
    index,
    taken.map(({ id }) => id),
  )
  const gone: Item[] = []
  for (const [i, { item }] of taken.entries()) {
    const existing = documents[i]
    if (existing === undefined) gone.push(item)
    else settleByComparison(item, existing)
  }
  return gone
}

function settleItem({ slice, sample }: Item, step: Extract<Step, { type: 'settle' }>): void {
  settle(slice.plan, sample, step.outcome)
  if (step.detail !== undefined && slice.plan.refusal === '') slice.plan.refusal = step.detail
}

function settleByComparison({ slice, sample }: Item, existing: ExistingDocument): void {
  const { plan, track } = slice
  settle(plan, sample, compare({ plan, track, sample, existing }))
}

export function documentsOf(items: readonly Item[]): Uint8Array {
  const bound = items.reduce((sum, { slice }) => sum + slice.template.maxBytes, 0)
  const out = Buffer.allocUnsafe(bound)
  let end = 0
  for (const { slice, sample } of items) {
    end = writeDocument(out, end, { template: slice.template, sample })
  }
  return out.subarray(0, end)
}

function identityOf({ slice, sample }: Item): SampleIdentity {
  const { track, plan } = slice
  const timeMs = (track.timesMs[sample] as number) + plan.offsetMs
  return { bikeId: track.bikeId, recorderId: track.recorderId, kind: track.kind, timeMs }
}

function identityKey({ bikeId, recorderId, kind, timeMs }: SampleIdentity): string {
  return `${bikeId} ${recorderId} ${kind} ${timeMs}`
}
