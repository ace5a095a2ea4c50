// Brings the engines to what this version needs, then ends: database, topics, search. May be run at any time again.

import { provisionElasticsearch } from '../engines/elasticsearch/provision.ts'
import { ensureTopics } from '../engines/kafka/topics.ts'
import { connectPostgres } from '../engines/postgres/client/connect.ts'
import { migrate } from '../engines/postgres/client/migrate.ts'
import { readConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/service.ts'

const config = readConfig([
  'NAMESPACE',
  'LOG_LEVEL',
  'KAFKA_BROKERS',
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_USERNAME',
  'ELASTICSEARCH_PASSWORD',
  'DATABASE_URL',
])
const namespace = config.NAMESPACE
const log = createLog('provision', config.LOG_LEVEL)

const sql = connectPostgres({
  url: config.DATABASE_URL,
  name: 'provision',
  maxConnections: 1,
  statementTimeoutMs: 60_000,
})
try {
  const migrations = await migrate(sql)
  log.info({ migrations }, migrations.length > 0 ? 'database migrated' : 'database is up to date')
  const topics = await ensureTopics({ brokers: config.KAFKA_BROKERS, namespace })
  log.info({ topics }, topics.length > 0 ? 'topics created' : 'topics are there')
  await provisionElasticsearch({
    url: config.ELASTICSEARCH_URL,
    username: config.ELASTICSEARCH_USERNAME,
    password: config.ELASTICSEARCH_PASSWORD,
    namespace,
    log,
  })
  log.info('search is provisioned')
} catch (error) {
  log.fatal({ err: error }, 'provisioning failed')
  process.exitCode = 1
} finally {
  await sql.end({ timeout: 5 })
}
