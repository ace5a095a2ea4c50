// Brings the engines to what this version needs, then ends: database, topics, search. May be run at any time again.

import { elasticsearchSettings, optionsOf } from '../engines/elasticsearch/client.ts'
import { provisionElasticsearch } from '../engines/elasticsearch/provision.ts'
import { kafkaSettings } from '../engines/kafka/client.ts'
import { runCommand } from '../runtime/command-line/run-command.ts'
import { environmentOf, readConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/service.ts'
import { provisionKafka } from './kafka.ts'
import { provisionPostgres } from './postgres.ts'

const usage = `\
Usage:
  node core/provision/main.ts     makes tables, topics and index templates that are missing; settings as of the services`

async function provision(): Promise<void> {
  const settings = [
    'NAMESPACE',
    'LOG_LEVEL',
    'DATABASE_URL',
    ...kafkaSettings,
    ...elasticsearchSettings,
  ] as const
  const config = readConfig(settings, environmentOf('provision'))
  const log = createLog('provision', config.LOG_LEVEL)
  try {
    const { migrations, users: accounts } = await provisionPostgres(config.DATABASE_URL)
    log.info(
      { migrations, users: accounts },
      migrations.length > 0 ? 'database migrated' : 'database is up to date',
    )
    const { topics, users } = await provisionKafka(config)
    log.info({ topics, users }, topics.length > 0 ? 'topics created' : 'topics are there')
    await provisionElasticsearch(optionsOf({ config, log }))
    log.info('search is provisioned')
  } catch (error) {
    log.fatal({ err: error }, 'provisioning failed')
    process.exitCode = 1
  }
}

await runCommand({ usage, read: () => undefined, obey: provision })
