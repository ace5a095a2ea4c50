// A service of core/ as its own process, as the tests start, stop and kill it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ServiceName } from '../core/services.ts'
import { hurriedEnv } from './server-process.ts'

export interface ServiceProcess {
  /** What /readyz says: its status and text. */
  ready(): Promise<{ status: number; text: string }>
  /** Ends the process and resolves when it is gone, with its exit code. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

const main = fileURLToPath(new URL('../core/main.ts', import.meta.url))

/** Arguments for Node that run these services of core/ in one process. */
export function coreArgs(...services: readonly ServiceName[]): string[] {
  return [main, ...services]
}

export async function startServiceProcess(
  name: ServiceName,
  env: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, coreArgs(name), {
    // Any text that is long enough is a key of tombstones.
    env: { LOG_LEVEL: 'info', TOMBSTONE_KEY_FILE: import.meta.filename, ...hurriedEnv(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const port = await Promise.race([adminPortOf(child), gone.then(() => undefined)])
  if (port === undefined) throw new Error('the process ended before it told of its health')
  return {
    async ready() {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`)
      return { status: response.status, text: (await response.text()).trim() }
    },
    async end(signal) {
      child.kill(signal)
      const [code] = await gone
      return code
    },
  }
}

async function adminPortOf(child: ChildProcess): Promise<number | undefined> {
  if (child.stdout === null) return undefined
  const lines = createInterface(child.stdout)
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const { adminPort } = JSON.parse(line) as { adminPort?: number }
      if (adminPort !== undefined) resolve(adminPort)
    })
  })
}
