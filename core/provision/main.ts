// Brings the engines to what this version needs, then ends: database, topics, search. May be run at any time again.

import { z } from 'zod'
import { elasticsearchSettings, optionsOf } from '../engines/elasticsearch/client.ts'
import { provisionElasticsearch } from '../engines/elasticsearch/provision.ts'
import { clusterOf, kafkaSettings } from '../engines/kafka/client.ts'
import { deleteRetiredTopics } from '../engines/kafka/topics.ts'
import { readRequest } from '../runtime/command-line/read-request.ts'
import { print, runCommand } from '../runtime/command-line/run-command.ts'
import { environmentOf, readConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/service.ts'
import { provisionKafka } from './kafka.ts'
import { provisionPostgres } from './postgres.ts'

const usage = `\
Usage:
  node core/provision/main.ts            makes tables, topics and index templates that are missing; settings as of the services
  node core/provision/main.ts retire     deletes the topics of former versions that nothing writes or reads any more`

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

async function retire(): Promise<void> {
  const config = readConfig(['NAMESPACE', ...kafkaSettings], environmentOf('provision'))
  const topics = await deleteRetiredTopics({ ...clusterOf(config), namespace: config.NAMESPACE })
  print(topics.length > 0 ? `deleted: ${topics.join(', ')}` : 'no topic of a former version is there')
}

const form = {
  options: {},
  positionals: ['verb'],
  request: z.strictObject({ verb: z.literal('retire').optional() }),
} as const

await runCommand({
  usage,
  read: (args) => readRequest(form, args),
  obey: ({ verb }) => (verb === 'retire' ? retire() : provision()),
})
