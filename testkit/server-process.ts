// A server as a child process, for tests and benchmarks; it says `"port":…` in its first lines, and then `"adminPort":…`.
import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'

export interface ServerProcess {
  readonly url: string
  /** Of health and metrics; `url` where it has no other listener. */
  readonly adminUrl: string
  readonly pid: number
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Asks for an orderly end and resolves as `ended`; insists after 20 s. */
  stop(): Promise<number | string>
  kill(signal: NodeJS.Signals): void
}

export interface ServerPlan {
  readonly command?: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Removed when the server has ended. */
  readonly temporaryDir?: string
  readonly startBoundMs?: number
}

/** Nobody has to notice that an edge ends: tests ask nobody else first. */
export const hurriedEnv = () => ({ DRAIN_DELAY_MS: '0', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE })

export async function startServerProcess(plan: ServerPlan): Promise<ServerProcess> {
  const { command = process.execPath, args, env, startBoundMs = 120_000 } = plan
  const child = spawn(command, args, { env: { ...hurriedEnv(), ...env }, stdio: 'pipe' })
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  const orphan = () => child.kill('SIGKILL')
  process.once('exit', orphan)
  void ended.catch(() => undefined).then(() => process.off('exit', orphan))
  const { port, adminPort } = await portsOf({ child, plan, ended, startBoundMs })
  const kill = (signal: NodeJS.Signals) => void child.kill(signal)
  return {
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    pid: child.pid as number,
    ended,
    kill,
    stop() {
      kill('SIGTERM')
      const insist = setTimeout(kill, 20_000, 'SIGKILL')
      return ended.finally(async () => {
        clearTimeout(insist)
        if (plan.temporaryDir !== undefined) await rm(plan.temporaryDir, { recursive: true, force: true })
      })
    },
  }
}

/** Whoever has told a port and no second one by then has one listener. */
const withoutAdminMs = 5_000

interface Ports {
  readonly port: number
  readonly adminPort: number
}

async function portsOf(of: {
  child: ChildProcess
  plan: ServerPlan
  ended: Promise<number | string>
  startBoundMs: number
}): Promise<Ports> {
  const { child, plan, ended, startBoundMs } = of
  let said = ''
  const { promise, resolve, reject } = Promise.withResolvers<Ports>()
  const failed = (why: string) => reject(new Error(`${plan.args.join(' ')} ${why}:\n${said}`))
  let onlyOne: NodeJS.Timeout | undefined
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    failed(`did not start within ${startBoundMs} ms`)
  }, startBoundMs)
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-5_000)
      const port = /"port":(\d+)/.exec(said)?.[1]
      // workerd says it in other words.
      const admin = /"(?:adminPort|socket":"admin","port)":(\d+)/.exec(said)?.[1]
      if (admin !== undefined) resolve({ port: Number(port ?? admin), adminPort: Number(admin) })
      else if (port !== undefined) {
        const both = { port: Number(port), adminPort: Number(port) }
        onlyOne ??= setTimeout(resolve, withoutAdminMs, both)
      }
    })
  }
  ended.then(
    (how) => failed(`ended with ${how}`),
    (error: Error) => failed(error.message),
  )
  return promise.finally(() => {
    clearTimeout(timer)
    clearTimeout(onlyOne)
  })
}

/** Waits until the server says it is ready. */
export async function untilReady({ adminUrl: url }: { adminUrl: string }, boundMs = 120_000): Promise<void> {
  const endMs = performance.now() + boundMs
  let said = ''
  while (performance.now() < endMs) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined)
    if (response?.ok) return
    said = (await response?.text()) ?? ''
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} was not ready within ${boundMs} ms: ${said}`)
}
