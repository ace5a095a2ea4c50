// The gatekeeper as its own process, at the address the broker knows.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { coreArgs } from '../../../../testkit/service-process.ts'
import type { Denial } from '../access.ts'

const attempts = 100

export interface GatekeeperProcess {
  /** What /readyz says: its status and text. */
  ready(): Promise<{ status: number; text: string }>
  /** How often it has refused for that reason. */
  denials(verdict: Denial): Promise<number>
  /** Ends the process and resolves when it is gone, with its exit code. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Resolves when it is ready. */
export async function startGatekeeper(options: {
  gatekeeperUrl: string
  databaseUrl: string
}): Promise<GatekeeperProcess> {
  const { hostname, port, origin } = new URL(options.gatekeeperUrl)
  const env = { HOST: hostname, PORT: port, DATABASE_URL: options.databaseUrl, LOG_LEVEL: 'silent' }
  const child = spawn(process.execPath, coreArgs('gatekeeper'), {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const gone = once(child, 'exit')
  const ready = async () => {
    const response = await fetch(`${origin}/readyz`)
    return { status: response.status, text: (await response.text()).trim() }
  }
  const denials = async (verdict: Denial) => {
    const metrics = await (await fetch(`${origin}/metrics`)).text()
    const counts = [
      ...metrics.matchAll(/^gatekeeper_decisions_total\{check="\w+",verdict="(\w+)"\} (\d+)$/gm),
    ]
    return counts.reduce((sum, [, name, count]) => (name === verdict ? sum + Number(count) : sum), 0)
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal)
    const [code] = await gone
    return code
  }
  for (let attempt = 0; attempt < attempts && child.exitCode === null; attempt++) {
    const answer = await ready().catch(() => undefined)
    if (answer?.status === 200) return { ready, denials, end }
    await delay(100)
  }
  await end('SIGKILL')
  throw new Error('the gatekeeper did not become ready')
}
