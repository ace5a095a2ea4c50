// Quarantine by hand: `npm run quarantine -- list | show | accept | replay`.
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
import { answer, form, type Request, usage, type Why } from './command-answers.ts'
import type { QuarantineFilter, QuarantineStore } from './port.ts'
import { type ReplayResult, replay } from './replay.ts'

async function replayNow(
  store: QuarantineStore,
  asked: { filter: QuarantineFilter; limit: number; paceAccepted?: boolean },
): Promise<ReplayResult> {
  const config = readConfig(['NAMESPACE', ...kafkaSettings])
  const log = createLog('quarantine-command', 'warn')
  const producer = createProducer({ ...clusterOf(config), name: 'quarantine-command', log })
  try {
    return await replay({
      store,
      producer,
      rawTopic: topicName(config.NAMESPACE, 'telemetry.raw'),
      ...asked,
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
      replay: (filter: QuarantineFilter, limit: number, how?: { paceAccepted: boolean }) =>
        replayNow(store, { filter, limit, ...how }),
      look: (shown: Shown, { verb, reason, name }: Why) =>
        accesses.record({
          who: operator(name),
          operation: `npm run quarantine -- ${verb}`,
          reason,
          ...shown,
        }),
    }
    print(await answer(answerer, asked))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
