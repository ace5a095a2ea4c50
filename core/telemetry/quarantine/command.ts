// Quarantine by hand: `npm run quarantine -- list | show | replay`.
import { clusterOf, kafkaSettings } from '../../engines/kafka/client.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createAccessLog } from '../../engines/postgres/staff/access-log.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { createLog } from '../../runtime/service.ts'
import type { Shown } from '../../staff/access-log/port.ts'
import { topicName } from '../../topics.ts'
import { answer, form, type Request, usage } from './command-answers.ts'
import type { QuarantineFilter, QuarantineStore } from './port.ts'
import { type ReplayResult, replay } from './replay.ts'

async function replayNow(
  store: QuarantineStore,
  { filter, limit }: { filter: QuarantineFilter; limit: number },
): Promise<ReplayResult> {
  const config = readConfig(['NAMESPACE', ...kafkaSettings])
  const log = createLog('quarantine-command', 'warn')
  const producer = createProducer({ ...clusterOf(config), name: 'quarantine-command', log })
  try {
    return await replay({
      store,
      producer,
      rawTopic: topicName(config.NAMESPACE, 'telemetry.raw'),
      filter,
      limit,
    })
  } finally {
    await producer.close()
  }
}

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({
    url,
    name: 'quarantine-command',
    maxConnections: 2,
    statementTimeoutMs: 60_000,
  })
  try {
    const store = createQuarantineStore(sql)
    const accesses = createAccessLog(sql)
    const answerer = {
      store,
      replay: (filter: QuarantineFilter, limit: number) => replayNow(store, { filter, limit }),
      look: (shown: Shown, { reason, name }: { reason: string; name?: string | undefined }) =>
        accesses.record({ who: operator(name), operation: 'npm run quarantine -- show', reason, ...shown }),
    }
    print(await answer(answerer, asked))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
