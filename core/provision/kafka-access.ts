// What each service may do in Kafka: read and write what its row of the table says, and nothing else. Pure.
import type { Access } from '../engines/kafka/port.ts'
import { readersOf, type ServiceRow, services } from '../services.ts'
import { groupName, type Topic, topicLayouts, topicName } from '../topics.ts'

type Sides = Pick<ServiceRow, 'name' | 'reads' | 'writes' | 'awaits'>

const all: readonly ServiceRow[] = services

/** Who comes to Kafka with an account of its own. */
export const kafkaAccounts: readonly Sides[] = [
  { name: 'edge', reads: [], writes: ['telemetry.raw'] },
  ...all.filter(({ settings }) => settings.includes('KAFKA_BROKERS')),
]

/**
 * Reading is by topic and by the service's own group, writing by topic. A service that awaits topics may ask how far the groups of their
 * readers are. Ids of transactions are a service's own: they begin with its group's name, or are of the publication of a compacted topic
 * that it writes.
 *
 *     accessOf({ name: 'latest', reads: ['telemetry.clean'], writes: [] }, 'demo')
 *     // may read topic demo.telemetry.clean and group demo.latest
 */
export function accessOf({ name, reads, writes, awaits = [] }: Sides, namespace: string): Access[] {
  const group = groupName(namespace, name)
  const [read, written] = [reads.filter(isTopic), writes.filter(isTopic)]
  const compacted = written.filter((topic) => 'cleanup.policy' in topicLayouts[topic].config)
  return [
    ...read.map((topic) => topicAccess('read', topic)),
    ...(read.length > 0 ? [{ operation: 'read', resource: 'group', name: group } as const] : []),
    ...written.map((topic) => topicAccess('write', topic)),
    ...awaits.map((topic) => topicAccess('describe', topic)),
    ...[...new Set(awaits.flatMap(readersOf))].map((each) => {
      return { operation: 'describe', resource: 'group', name: groupName(namespace, each) } as const
    }),
    ...(read.length > 0 && written.length > 0 ? [{ ...transactions, name: `${group}-`, prefix: true }] : []),
    ...compacted.map((topic) => ({ ...transactions, name: `${topicName(namespace, topic)}.publication` })),
  ]

  function topicAccess(operation: Access['operation'], topic: Topic): Access {
    return { operation, resource: 'topic', name: topicName(namespace, topic) }
  }
}

const transactions = { operation: 'write', resource: 'transactional id' } as const

export function isTopic(place: string): place is Topic {
  return Object.hasOwn(topicLayouts, place)
}
