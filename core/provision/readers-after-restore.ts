// Which consumer groups read again after PostgreSQL or Elasticsearch was restored. Pure.
import type { Reader } from '../engines/kafka/rewind-groups.ts'
import { type ServiceRow, services } from '../services.ts'
import { groupName, topicName } from '../topics.ts'
import { isTopic } from './kafka-access.ts'

/** All but `analytics`: what it writes lies in Kafka and was not lost, so that reading again would deliver it a second time. */
export function readersAfterRestore(namespace: string): readonly Reader[] {
  return services
    .filter(({ name }) => name !== 'analytics')
    .map(({ name, reads }: ServiceRow) => ({ name, topics: reads.filter(isTopic) }))
    .filter(({ topics }) => topics.length > 0)
    .map(({ name, topics }) => ({
      group: groupName(namespace, name),
      topics: topics.map((topic) => topicName(namespace, topic)),
    }))
}
