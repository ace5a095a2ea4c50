// The engines of a test run: those of the environment, or local ones started once for all test files.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connectPostgres } from '../core/engines/postgres/client/connect.ts'
import { migrate } from '../core/engines/postgres/client/migrate.ts'
import { defaultDataDir, startEngines, toStderr } from '../infra/local/index.ts'
import { findRabbitMq } from '../infra/local/tools.ts'
import { createDatabase, type OwnDatabase } from '../testkit/database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    engines: Readonly<Record<string, string>>
  }
}

const lockTimeoutMs = 15 * 60_000

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Tests of devices start a broker of their own: who may log in is a matter of the whole broker. It is installed here,
  // where that may take its time and shows.
  await findRabbitMq(toStderr)
  const engines = await startEngines({
    engines: ['kafka', 'elasticsearch', 'postgres'],
    dataDir: join(defaultDataDir(), 'test'),
    temporary: true,
    lockTimeoutMs,
    onProgress: toStderr,
  })
  const name = `template_${randomBytes(6).toString('hex')}`
  const template = await createTemplate(engines.env.DATABASE_URL ?? '', name).catch(
    async (error: unknown) => {
      await engines.stop()
      throw error
    },
  )
  project.provide('engines', { ...engines.env, DATABASE_TEMPLATE: name })
  return () => template.drop().finally(engines.stop)
}

/** Migrated once: a copy takes a tenth of the time, and a run needs a hundred databases. */
async function createTemplate(adminUrl: string, name: string): Promise<OwnDatabase> {
  const template = await createDatabase(adminUrl, name)
  const sql = connectPostgres({ url: template.url, name: 'template' })
  await migrate(sql).finally(() => sql.end())
  return template
}
