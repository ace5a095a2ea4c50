// Runs provisioning to its end: tables, topics, index templates and queues exist before any service starts.
import { join } from 'node:path'
import type { Env } from './engines/engine.ts'
import { provisionBrokerEntry, provisionEntry } from './processes.ts'
import { type OnProgress, step } from './progress.ts'
import { run } from './run.ts'
import { repositoryDir } from './settings.ts'

type Provisioning = { env: Env; onProgress: OnProgress; signal?: AbortSignal | undefined }

const timeoutMs = 90_000

export const provision = async (options: Provisioning): Promise<void> => {
  await step(options.onProgress, 'provisioning tables, topics and indices', () =>
    runEntry(provisionEntry, options),
  )
  if (options.env.RABBITMQ_MANAGEMENT_URL === undefined) return
  await step(options.onProgress, 'provisioning queues', () => runEntry(provisionBrokerEntry, options))
}

const runEntry = (entry: string, { env, signal }: Provisioning): Promise<unknown> =>
  run({
    command: process.execPath,
    args: [join(repositoryDir, entry)],
    env: { ...process.env, ...env },
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
  })
