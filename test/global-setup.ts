// The engines of a test run: those of the environment, or local ones started once for all test files.
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { defaultDataDir, startEngines, toStderr } from '../infra/local/index.ts'
import { findRabbitMq } from '../infra/local/tools.ts'

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
  project.provide('engines', engines.env)
  return engines.stop
}
