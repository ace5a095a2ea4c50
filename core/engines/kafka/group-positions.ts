// How far a group has read a topic, told to who is no member of it.
import { Consumer } from '@platformatic/kafka'
import type { Logger } from 'pino'
import type { StreamPositions } from '../../research/copy/port.ts'
import type { Topic } from '../../topics.ts'
import { clientOptions, clusterOf, type KafkaCluster, type KafkaScope } from './client.ts'
import { createCoordinator } from './coordinator.ts'
import { endOffsets, startOffsets } from './offsets.ts'

export interface GroupPositionsOptions extends KafkaCluster {
  readonly group: string
  readonly topic: string
  readonly log: Logger
}

/** Of the service's own group; closed with the service. */
export function openGroupPositions(scope: KafkaScope, topic: Topic): StreamPositions {
  const positions = createGroupPositions({
    ...{ ...clusterOf(scope.config), group: scope.group },
    ...{ topic: scope.topic(topic), log: scope.log },
  })
  scope.onClose(positions.close)
  return positions
}

export function createGroupPositions(options: GroupPositionsOptions) {
  const { group, topic, log, ...cluster } = options
  const address = { ...cluster, name: `${group}-positions` }
  const consumer = new Consumer({ ...clientOptions(address), groupId: group })
  const coordinator = createCoordinator({
    ...{ ...address, group },
    locate: async () => {
      const id = await consumer.findGroupCoordinator()
      return (await consumer.metadata({ topics: [topic] })).brokers.get(id)
    },
  })

  async function ends(): Promise<readonly bigint[]> {
    const found = (await endOffsets(consumer, [topic])).get(topic)
    if (found === undefined) throw new Error(`Kafka tells no end of ${topic}`)
    return found
  }

  return {
    ends,
    async passed() {
      const assigned = (await ends()).map((_, partition) => ({ topic, partition }))
      const starts = await startOffsets({ consumer, coordinator, assigned, log })
      return starts.map(({ offset }) => offset)
    },
    async close() {
      await coordinator.close()
      await consumer.close(true)
    },
  }
}
