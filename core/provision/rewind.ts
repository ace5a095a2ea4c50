// Sets the services' consumer groups back to a time before a restored store ends, so that Kafka brings what the store lacks.
import { clusterOf, kafkaSettings } from '../engines/kafka/client.ts'
import { rewindGroups } from '../engines/kafka/rewind-groups.ts'
import { print, runCommand } from '../runtime/command-line/run-command.ts'
import { readConfig } from '../runtime/config.ts'
import { readersAfterRestore } from './readers-after-restore.ts'

const usage = `\
Usage:
  npm run rewind -- TIME     such as 2026-11-30T12:00:00Z: the earlier one of the two to which PostgreSQL and Elasticsearch were restored

Every service of core must be stopped. It may be done again. Settings of Kafka as of the services, and NAMESPACE.`

function readTime(args: readonly string[]): number {
  const [text = ''] = args
  const atMs = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (args.length !== 1 || Number.isNaN(atMs)) throw new Error('give one time, with its zone')
  if (atMs > Date.now()) throw new Error('the time lies ahead')
  return atMs
}

async function obey(atMs: number): Promise<void> {
  const { NAMESPACE: namespace, ...config } = readConfig([...kafkaSettings, 'NAMESPACE'])
  const readers = readersAfterRestore(namespace)
  await rewindGroups(clusterOf(config), { readers, atMs })
  for (const { group, topics } of readers)
    print(`${group}: ${topics.join(', ')} from ${new Date(atMs).toISOString()} on`)
}

await runCommand({ usage, read: readTime, obey })
