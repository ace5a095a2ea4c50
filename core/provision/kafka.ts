// Kafka as this version needs it: its topics, and a user for each service that comes with an account of its own.
import { clusterOf, kafkaSettings } from '../engines/kafka/client.ts'
import { ensureTopics } from '../engines/kafka/topics.ts'
import { ensureUsers } from '../engines/kafka/users.ts'
import { type Config, environmentOf, readConfig } from '../runtime/config.ts'
import { accessOf, kafkaAccounts } from './kafka-access.ts'

/** Returns the names of topics and of users. The user of `config`, provisioning itself, keeps its rights. */
export async function provisionKafka({
  NAMESPACE: namespace,
  ...config
}: Config<'NAMESPACE' | (typeof kafkaSettings)[number]>): Promise<{
  topics: readonly string[]
  users: readonly string[]
}> {
  const cluster = clusterOf(config)
  const topics = await ensureTopics({ ...cluster, namespace })
  const users = kafkaAccounts.flatMap((account) => {
    const { security } = clusterOf(readConfig(kafkaSettings, environmentOf(account.name)))
    if (security === undefined || security.username === config.KAFKA_USERNAME) return []
    const { username: name, password } = security
    return [{ name, password: password(), may: accessOf(account, namespace) }]
  })
  if (users.length > 0) await ensureUsers(cluster, users)
  return { topics, users: users.map(({ name }) => name) }
}
