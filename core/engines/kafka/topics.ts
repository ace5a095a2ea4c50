// Creates and deletes the platform's topics.
import { setTimeout as delay } from 'node:timers/promises'
import {
  Admin,
  ConfigResourceTypes,
  findErrorBy,
  IncrementalAlterConfigOperationTypes,
} from '@platformatic/kafka'
import {
  type RetiredTopic,
  retiredTopics,
  type Topic,
  type TopicLayout,
  topicLayouts,
  topicName,
} from '../../topics.ts'
import { clientOptions, type KafkaCluster } from './client.ts'

export interface TopicsOptions extends KafkaCluster {
  readonly namespace: string
}

const knownWithinMs = 60_000

/**
 * A topic that is older than these settings gets them, too: whose clock gives the times of records decides about keys, and how
 * long a segment takes records decides when the oldest of them are deleted.
 */
const enforced = ['message.timestamp.type', 'segment.ms', 'max.compaction.lag.ms']

/** Creates the topics that are missing and returns their names. Of existing ones only the enforced settings change. */
export async function ensureTopics({ namespace, ...cluster }: TopicsOptions): Promise<string[]> {
  return withAdmin(cluster, async (admin) => {
    const present = new Set(await admin.listTopics())
    const created: string[] = []
    for (const [topic, layout] of Object.entries(topicLayouts) as [Topic, TopicLayout][]) {
      const name = topicName(namespace, topic)
      if (!present.has(name) && (await createTopic(admin, name, layout))) created.push(name)
    }
    if (created.length > 0) await untilKnown(admin, created)
    await enforceSettings(admin, { namespace, present })
    return created
  })
}

export async function deleteTopics(options: TopicsOptions): Promise<void> {
  await deleteThose(options, Object.keys(topicLayouts) as Topic[])
}

/** Deletes the topics of former versions, and returns the names of those that were there. */
export function deleteRetiredTopics(options: TopicsOptions): Promise<string[]> {
  return deleteThose(options, retiredTopics)
}

async function deleteThose(
  { namespace, ...cluster }: TopicsOptions,
  which: readonly (Topic | RetiredTopic)[],
): Promise<string[]> {
  return withAdmin(cluster, async (admin) => {
    const present = new Set(await admin.listTopics())
    const topics = which.map((topic) => topicName(namespace, topic)).filter((name) => present.has(name))
    if (topics.length > 0) await admin.deleteTopics({ topics })
    return topics
  })
}

/** False when somebody else was faster. */
async function createTopic(admin: Admin, topic: string, layout: TopicLayout): Promise<boolean> {
  const configs = Object.entries(layout.config).map(([name, value]) => ({ name, value }))
  try {
    await admin.createTopics({ topics: [topic], partitions: layout.partitions, configs })
    return true
  } catch (error) {
    if (findErrorBy(error as Error, 'apiId', 'TOPIC_ALREADY_EXISTS') !== null) return false
    throw error
  }
}

/** From now on: the times of records that are there stay. */
async function enforceSettings(admin: Admin, { namespace, present }: Present): Promise<void> {
  const configOperation = IncrementalAlterConfigOperationTypes.SET
  const resources = (Object.entries(topicLayouts) as [Topic, TopicLayout][]).flatMap(
    ([topic, { config }]) => {
      const resourceName = topicName(namespace, topic)
      const configs = Object.entries(config)
        .filter(([name]) => enforced.includes(name))
        .map(([name, value]) => ({ name, value, configOperation }))
      if (configs.length === 0 || !present.has(resourceName)) return []
      return [{ resourceType: ConfigResourceTypes.TOPIC, resourceName, configs }]
    },
  )
  if (resources.length > 0) await admin.incrementalAlterConfigs({ resources })
}

interface Present {
  readonly namespace: string
  /** Names of topics. */
  readonly present: ReadonlySet<string>
}

/** Clients fail on topics that the brokers have not heard of yet. */
async function untilKnown(admin: Admin, topics: string[]): Promise<void> {
  const deadlineMs = Date.now() + knownWithinMs
  for (;;) {
    const known = await admin.metadata({ topics, forceUpdate: true }).catch(() => undefined)
    const described = topics.map((topic) => known?.topics.get(topic)?.partitions ?? [])
    if (described.every((list) => list.length > 0 && list.every(({ leader }) => leader >= 0))) return
    if (Date.now() > deadlineMs) throw new Error(`new topics have no leaders: ${topics.join(', ')}`)
    await delay(50)
  }
}

async function withAdmin<T>(cluster: KafkaCluster, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(clientOptions({ ...cluster, name: 'provision' }))
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}
