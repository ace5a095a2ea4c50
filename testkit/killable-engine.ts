// An engine of a test file's own: it can be killed and restarted with its data, and is gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningEngines, startEngines } from '../infra/local/index.ts'

export interface KillableEngine {
  readonly env: Readonly<Record<string, string>>
  /** As `kill -9` does. */
  kill(): Promise<void>
  /** Kills it if it still runs; resolves when it serves again, with the same data at the same addresses. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startKillableEngine(name: 'kafka' | 'rabbitmq'): Promise<KillableEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), `${name}-`))
  const start = () => startEngines({ engines: [name], dataDir, environment: {}, onProgress: () => undefined })
  const remove = () => rm(dataDir, { recursive: true, force: true })
  let running: RunningEngines
  try {
    running = await start()
  } catch (error) {
    await remove()
    throw error
  }
  const kill = async (): Promise<void> => {
    for (const process of running.processes) {
      process.kill('SIGKILL')
      await process.gone
    }
    await running.stop()
  }
  return {
    env: running.env,
    kill,
    restart: async () => {
      await kill()
      running = await start()
    },
    stop: async () => {
      await kill()
      await remove()
    },
  }
}
