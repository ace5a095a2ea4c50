// Puts statements of tests, demonstrations and benchmarks on manufacturing.events, sealed by their sources.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createProducer } from '../core/engines/kafka/producer.ts'
import { connectPostgres } from '../core/engines/postgres/client/connect.ts'
import { createLog } from '../core/runtime/service.ts'
import { topicName } from '../core/topics.ts'
import { type Statement, statementRecord } from '../simulator/manufacturing/index.ts'
import { type Environment, kafkaOf } from './environment.ts'
import { registerPartners, sealedBy, testPartner } from './partners.ts'

const recordsAtOnce = 1_000

/** In this order as far as Kafka keeps it. Their sources become partners. */
export async function tellSealed(
  { env, namespace }: Pick<Environment, 'env' | 'namespace'>,
  statements: readonly Statement[],
): Promise<void> {
  await register(
    env,
    statements.map(({ source }) => source),
  )
  const topic = topicName(namespace, 'manufacturing.events')
  const records = statements.map((statement) => {
    const { key, value } = statementRecord(statement)
    const partner = testPartner(statement.source)
    return {
      topic,
      key: Buffer.from(key),
      value: sealedBy(partner, Buffer.from(value), env.STATEMENT_AUDIENCE),
    }
  })
  const log = createLog('plants', 'warn')
  const producer = createProducer({ ...kafkaOf(env), name: 'plants', log })
  try {
    for (let from = 0; from < records.length; from += recordsAtOnce) {
      await producer.send(records.slice(from, from + recordsAtOnce))
    }
  } finally {
    await producer.close()
  }
}

/** A file with the private key of a source, which becomes a partner. Returns its path. */
export async function writePartnerKey({
  env,
  folder,
  partnerId,
}: {
  env: Environment['env']
  folder: string
  partnerId: string
}): Promise<string> {
  await register(env, [partnerId])
  const path = join(folder, 'partner.pem')
  await writeFile(path, testPartner(partnerId).privateKey.export({ format: 'pem', type: 'pkcs8' }), {
    mode: 0o600,
  })
  return path
}

async function register(env: Environment['env'], partnerIds: readonly string[]): Promise<void> {
  const sql = connectPostgres({ url: env.DATABASE_URL ?? '', name: 'plants', maxConnections: 1 })
  try {
    await registerPartners(sql, partnerIds)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
