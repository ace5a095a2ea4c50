// Runs provisioning to its end: tables, topics, index templates and roles exist before any service starts.
import { join } from 'node:path'
import type { Env } from './engines/engine.ts'
import { type OnProgress, step } from './progress.ts'
import { run } from './run.ts'
import { provisionEntry } from './services.ts'
import { repositoryDir } from './settings.ts'

type Provisioning = { env: Env; onProgress: OnProgress; signal?: AbortSignal | undefined }

const timeoutMs = 90_000

export const provision = ({ env, onProgress, signal }: Provisioning): Promise<unknown> =>
  step(onProgress, 'provisioning tables, topics and indices', () =>
    run({
      command: process.execPath,
      args: [join(repositoryDir, provisionEntry)],
      env: { ...process.env, ...env },
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
    }),
  )
