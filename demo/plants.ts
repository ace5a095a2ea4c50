// Plants, OEMs and workshops put their statements on manufacturing.events, or files where intake reads them.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createProducer } from '../core/engines/kafka/producer.ts'
import { createLog } from '../core/runtime/service.ts'
import { topicName } from '../core/topics.ts'
import { type Statement, statementRecord } from '../simulator/manufacturing/index.ts'
import { brokersOf, type Environment } from '../testkit/environment.ts'

export async function tellStatements(
  { env, namespace }: Environment,
  statements: readonly Statement[],
): Promise<void> {
  const topic = topicName(namespace, 'manufacturing.events')
  const log = createLog('demo', 'warn')
  const producer = createProducer({ brokers: brokersOf(env), name: 'demo-plants', log })
  try {
    await producer.send(
      statements.map(statementRecord).map(({ key, value }) => ({
        ...{ topic, key: Buffer.from(key), value: Buffer.from(value) },
      })),
    )
  } finally {
    await producer.close()
  }
}

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

/** What `npm run intake` does with the files of a source, one after the other. */
export async function takeInFiles(
  { env, namespace }: Environment,
  { source, files, signal }: { source: string; files: readonly Uint8Array[]; signal: AbortSignal },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'demo-intake-'))
  const mapping = join(import.meta.dirname, `${source.replace(':', '-')}.json`)
  try {
    for (const [n, bytes] of files.entries()) {
      const file = join(folder, `components-${n + 1}.csv`)
      await writeFile(file, bytes)
      const command = ['core/fleet/intake/command.ts', file, '--source', source, '--mapping', mapping]
      const settings = { ...process.env, ...env, NAMESPACE: namespace }
      await run(process.execPath, command, { cwd: root, env: settings, signal, timeout: 60_000 })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
