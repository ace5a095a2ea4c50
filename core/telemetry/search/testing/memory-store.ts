// A telemetry store in memory that says what a test tells it to: for unit tests of what search does with the answers.
import type {
  CreateAnswer,
  DocumentBulk,
  ExistingDocument,
  Partition,
  SampleIdentity,
  SiblingFacts,
  TelemetryWriter,
} from '../../../engines/elasticsearch/port.ts'

export interface MemoryStore extends TelemetryWriter {
  /** What was asked for, in order: `create ride-0 3`, `add a sibling`, … */
  readonly asked: string[]
  /** The documents of each index, by id. */
  readonly documents: Map<string, Map<string, ExistingDocument>>
  /** The answers to the next bulks, bulk after bulk; by default what a healthy engine says. */
  readonly answers: ((document: ExistingDocument, i: number) => CreateAnswer | undefined)[]
  /** The names of the generations; by default one. */
  names: string[]
  /** Why no index can be made. */
  noRoom?: string
  facts: SiblingFacts
}

export const idOf = ({ recorderId, kind, timeMs }: SampleIdentity) => `${recorderId} ${kind} ${timeMs}`

export function createMemoryStore(): MemoryStore {
  const asked: string[] = []
  const documents = new Map<string, Map<string, ExistingDocument>>()
  const of = (index: string) =>
    documents.get(index) ?? documents.set(index, new Map()).get(index) ?? new Map()

  function answerTo(index: string, document: ExistingDocument): CreateAnswer {
    const id = idOf(document)
    if (of(index).has(id)) return { type: 'exists', id }
    of(index).set(id, document)
    return { type: 'created' }
  }

  const store: MemoryStore = {
    asked,
    documents,
    answers: [],
    names: ['ride-0'],
    facts: { isPredecessorClosed: true, ageMs: 0, knownToAllAfterMs: 60_000 },
    async generations() {
      return [...store.names]
    },
    async makePartition() {
      asked.push('make a partition')
      if (store.noRoom === undefined) store.names.push('ride-0')
      return store.noRoom
    },
    async addSibling(_: Partition, generations: readonly string[]) {
      asked.push(`add a sibling to ${generations.join()}`)
      if (store.noRoom === undefined) store.names.push(`ride-${generations.length}`)
      return store.noRoom
    },
    async siblingFacts(predecessor, sibling) {
      asked.push(`facts of ${predecessor} and ${sibling}`)
      return store.facts
    },
    async refresh(index) {
      asked.push(`refresh ${index}`)
    },
    forget() {
      asked.push('forget')
    },
    async create(index, bulk) {
      asked.push(`create ${index} ${bulk.documents}`)
      const script = store.answers.shift()
      const answers = documentsIn(bulk).map(
        (document, i) => script?.(document, i) ?? answerTo(index, document),
      )
      return answers.every(({ type }) => type === 'created') ? undefined : answers
    },
    async get(index, ids) {
      asked.push(`get ${index} ${ids.length}`)
      return ids.map((id) => of(index).get(id))
    },
    async find(indices, identities) {
      asked.push(`find ${indices.join()} ${identities.length}`)
      const found = indices.flatMap((index) => identities.map((identity) => of(index).get(idOf(identity))))
      return found.filter((document) => document !== undefined)
    },
  }
  return store
}

/** The documents of a bulk. Cells are those of rides that have a speed alone. */
function documentsIn({ body }: DocumentBulk): ExistingDocument[] {
  const lines = Buffer.from(body).toString().trimEnd().split('\n')
  return lines
    .filter((_, i) => i % 2 === 1)
    .map((line) => JSON.parse(line))
    .map((source) => ({
      bikeId: source.bike_id,
      recorderId: source.recorder_id,
      kind: source.kind,
      timeMs: source['@timestamp'],
      trackId: source.track_id,
      cells: new Map([['speed_kmh', source.speed_kmh_e3] as const]),
    }))
}
