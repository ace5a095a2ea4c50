// Brings the engines to what this version needs, then ends: database, topics, search. May be run at any time again.

import { elasticsearchSettings, optionsOf } from '../engines/elasticsearch/client.ts'
import { provisionElasticsearch } from '../engines/elasticsearch/provision.ts'
import { kafkaSettings } from '../engines/kafka/client.ts'
import { connectPostgres } from '../engines/postgres/client/connect.ts'
import { migrate } from '../engines/postgres/client/migrate.ts'
import { runCommand } from '../runtime/command-line/run-command.ts'
import { readConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/service.ts'
import { provisionKafka } from './kafka.ts'

const usage = `\
Usage:
  node core/provision/main.ts     makes tables, topics and index templates that are missing; settings as of the services`

async function provision(): Promise<void> {
  const config = readConfig([
    'NAMESPACE',
    'LOG_LEVEL',
    'DATABASE_URL',
    ...kafkaSettings,
    ...elasticsearchSettings,
  ])
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
    const { topics, users } = await provisionKafka()
    log.info({ topics, users }, topics.length > 0 ? 'topics created' : 'topics are there')
    await provisionElasticsearch(optionsOf({ config, log }))
    log.info('search is provisioned')
  } catch (error) {
    log.fatal({ err: error }, 'provisioning failed')
    process.exitCode = 1
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: () => undefined, obey: provision })
