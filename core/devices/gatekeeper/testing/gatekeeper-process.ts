// The gatekeeper as its own process, at the address the broker knows.
import { startServerProcess, untilReady } from '../../../../testkit/server-process.ts'
import { coreArgs } from '../../../../testkit/service-process.ts'
import type { Denial } from '../access.ts'

export interface GatekeeperProcess {
  /** What /readyz says: its status and text. */
  ready(): Promise<{ status: number; text: string }>
  /** How often it has refused for that reason. */
  denials(verdict: Denial): Promise<number>
  /** Ends the process and resolves when it is gone, with its exit code, or the name of the signal. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string>
}

/** Resolves when it is ready. */
export async function startGatekeeper(options: {
  gatekeeperUrl: string
  databaseUrl: string
}): Promise<GatekeeperProcess> {
  const { hostname, port } = new URL(options.gatekeeperUrl)
  const { adminUrl, kill, ended } = await startServerProcess({
    args: coreArgs('gatekeeper'),
    env: { HOST: hostname, PORT: port, DATABASE_URL: options.databaseUrl },
  })
  await untilReady({ adminUrl })
  return {
    async ready() {
      const response = await fetch(`${adminUrl}/readyz`)
      return { status: response.status, text: (await response.text()).trim() }
    },
    async denials(verdict) {
      const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
      const counts = [
        ...metrics.matchAll(/^gatekeeper_decisions_total\{check="\w+",verdict="(\w+)".*?\} (\d+)$/gm),
      ]
      return counts.reduce((sum, [, name, count]) => (name === verdict ? sum + Number(count) : sum), 0)
    },
    end(signal) {
      kill(signal)
      return ended
    },
  }
}
