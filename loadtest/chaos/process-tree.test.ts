import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import { identify, type ProcessIdentity } from '../../infra/local/process-identity.ts'
import { signalTree } from './process-tree.ts'
import { stopTree } from './stop-tree.ts'

const patience = { timeout: 10_000, interval: 20 }
const started: ChildProcess[] = []

afterEach(() => {
  for (const { pid } of started.splice(0)) if (pid !== undefined) killGroup(pid)
})

test.each<[string, ProcessIdentity]>([
  ['that never started', { pid: -1, started: '' }],
  ['of our own group', { pid: 0, started: '' }],
  ['whose number another one has now', { pid: process.pid, started: 'long ago' }],
])('a process %s is not signalled', (_, identity) => {
  expect(() => signalTree(identity, 'SIGCONT')).toThrow('there is no process')
  expect(() => stopTree(identity)).toThrow('there is no process')
})

describe.skipIf(process.platform !== 'linux')('a process with a child', () => {
  test('is met with its child', async () => {
    const { head, child } = await startFamily()
    expect(signalTree(head, 'SIGSTOP')).toEqual([head.pid, child])
    await expect.poll(() => statesOf([head.pid, child]), patience).toEqual(['T', 'T'])
  })

  test('is stopped with it, and goes on with it', async () => {
    const { head, child } = await startFamily()
    const goOn = stopTree(head)
    await expect.poll(() => statesOf([head.pid, child]), patience).toEqual(['T', 'T'])
    goOn()
    await expect.poll(() => statesOf([head.pid, child]), patience).toEqual(['S', 'S'])
  })

  test('goes on when whoever stopped it is killed', async () => {
    const { head, child } = await startFamily()
    const stopper = start(process.execPath, ['--input-type=module', '--eval', stopperOf(head)])
    await expect.poll(() => statesOf([head.pid, child]), patience).toEqual(['T', 'T'])
    await firstLine(stopper)
    stopper.kill('SIGKILL')
    await once(stopper, 'exit')
    await expect.poll(() => statesOf([head.pid, child]), patience).toEqual(['S', 'S'])
  })
})

async function startFamily(): Promise<{ head: ProcessIdentity; child: number }> {
  const shell = start('/bin/sh', ['-c', 'sleep 60 & echo $!; wait'])
  const child = Number(await firstLine(shell))
  return { head: identify(shell.pid as number) as ProcessIdentity, child }
}

/** Each in a group of its own, so that a test leaves nothing behind. */
function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  started.push(child)
  return child
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('no output to read')
  const [line] = await once(createInterface(stdout), 'line')
  return line
}

function stopperOf(head: ProcessIdentity): string {
  const module = new URL('stop-tree.ts', import.meta.url)
  return `
    import { stopTree } from ${JSON.stringify(module.href)}
    stopTree(${JSON.stringify(head)})
    console.log('stopped')
    setInterval(() => undefined, 1_000)`
}

/** As in /proc: S sleeps, T is stopped. */
function statesOf(pids: readonly number[]): string[] {
  return pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).charAt(0)
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
