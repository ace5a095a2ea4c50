// The engines of one run: those of the environment, or local ones with data of their own, stopped afterwards.
import { join } from 'node:path'
import { defaultDataDir, startEngines } from '../infra/local/index.ts'

export type EngineAddresses = Readonly<Record<string, string>>

export async function withEngines<T>(
  progress: (line: string) => void,
  work: (engines: EngineAddresses) => Promise<T>,
): Promise<T> {
  const engines = await startEngines({
    dataDir: join(defaultDataDir(), 'bench'),
    temporary: true,
    onProgress: progress,
  })
  try {
    return await work(engines.env)
  } finally {
    await engines.stop()
  }
}
