// What an erasure waits for, what comes after each step, and what its certificate says of each store. Pure.
import { type Topic, topicLayouts } from '../../../topics.ts'
import { type Holding, indices, queues, tables, topics } from '../personal-data.ts'
import { type ErasedStore, type Erasure, type Step, steps } from './port.ts'

/** What groups have to pass in a step: what was written before the step, whoever wrote it. */
export const awaitedTopics: Readonly<Partial<Record<Step, readonly Topic[]>>> = {
  normalized: ['telemetry.raw'],
  stored: ['telemetry.clean'],
  derived: ['telemetry.stored'],
  booked: ['telemetry.outcomes', 'telemetry.quarantine'],
}

/** `known` → `normalized`; undefined behind the last one. */
export const stepAfter = (step: Step): Step | undefined => steps[steps.indexOf(step) + 1]

const minute = 60_000
const day = 24 * 60 * minute
/** The broker looks for what is over every five minutes, and deletes a minute later. */
const brokerMs = 6 * minute
/** After a record was replaced in a compacted topic. */
const compactedMs = 8 * day + brokerMs

/** When each step was reached, and the erasure done. */
type Times = Pick<Erasure, 'requestedAtMs' | 'reachedMs'> & { readonly doneAtMs: number }

export function certificateStores(times: Times): ErasedStore[] {
  return [
    ...told('PostgreSQL', tables, (how) => ofTable(how, times)),
    ...told('Elasticsearch', indices, (_, name) => ofIndex(name, times)),
    ...told('Kafka', topics, (how, topic) => ofTopic(how, topic as Topic, times)),
    ...told('RabbitMQ', queues, () => nobodyKnows(times.doneAtMs, '')),
  ]
}

type How = Exclude<ErasedStore['how'], 'stays'>
type Told = Omit<ErasedStore, 'store' | 'how'>

function told(
  engine: string,
  stores: Readonly<Record<string, Holding>>,
  tell: (how: How, name: string) => Told,
): ErasedStore[] {
  return Object.entries(stores).flatMap(([name, holding]): ErasedStore[] => {
    if ('noRider' in holding) return []
    const store = `${engine} ${name}`
    const { erased } = holding
    if (typeof erased === 'string') return [{ store, how: erased, ...tell(erased, name) }]
    return [{ store, how: 'stays', unreachableAtMs: null, bytesGoneAtMs: null, note: erased.stays }]
  })
}

const pages =
  'PostgreSQL uses freed pages again in its own time; its log and backups end with the operator’s retention'
const files = 'snapshots end with the operator’s retention'
const research =
  'the request withdrew the person; the research copy forgets whoever withdrew, and merges in its own time'
const copies = 'if its partition still gets records by then'

function ofTable(how: How, { reachedMs, doneAtMs }: Times): Told {
  const atMs = how === 'follows' ? reachedMs.known : reachedMs.rows
  return nobodyKnows(atMs ?? doneAtMs, pages)
}

/** Whoever asks for samples asks by the times of an owner: there is none since the request. */
function ofIndex(name: string, { requestedAtMs, reachedMs, doneAtMs }: Times): Told {
  if (name === 'research') return nobodyKnows(requestedAtMs, research)
  return { unreachableAtMs: requestedAtMs, bytesGoneAtMs: reachedMs.expunged ?? doneAtMs, note: files }
}

function ofTopic(how: How, topic: Topic, { reachedMs, doneAtMs }: Times): Told {
  if (how === 'follows') {
    return { unreachableAtMs: doneAtMs, bytesGoneAtMs: doneAtMs + compactedMs, note: copies }
  }
  const config: Readonly<Record<string, string>> = topicLayouts[topic].config
  const keptMs = Number(config['retention.ms']) + Number(config['segment.ms']) + brokerMs
  return { unreachableAtMs: reachedMs.booked ?? doneAtMs, bytesGoneAtMs: doneAtMs + keptMs, note: '' }
}

const nobodyKnows = (unreachableAtMs: number, note: string): Told => ({
  unreachableAtMs,
  bytesGoneAtMs: null,
  note,
})
