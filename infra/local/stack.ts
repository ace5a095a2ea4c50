// `npm run stack -- up|down|status|env|restart`: the platform in the background, on one machine.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { isListening } from './ports.ts'
import { isAlive, signalProcess } from './process-identity.ts'
import { step, toStderr } from './progress.ts'
import { defaultDataDir } from './settings.ts'
import { parseStackArguments, type StackArguments } from './stack-arguments.ts'
import { readState, type StackState } from './stack-state.ts'
import { lookAt, stackStatus } from './stack-status.ts'
import type { SupervisorMessage } from './supervisor.ts'

const usage = `\
Usage:
  npm run stack -- up      [--engines | --apart] [--namespace NAME] [--secure]
                                                            start everything in the background; --engines: only the engines;
                                                            --apart: each service in a process of its own, not all in one
  npm run stack -- status                                   what runs, and where
  npm run stack -- env                                      KEY=VALUE lines, for: export $(npm run -s stack -- env)
  npm run stack -- restart NAME                             start that engine or service anew, also where it has ended;
                                                            services of one process restart together
  npm run stack -- down                                     stop everything; the data stays

All take --data DIR (default: .data in the clone) and --secure: engines with TLS that is verified, an account of its
own for each service, and data in .data/secure.`

const downWithinMs = 150_000
const endWithinMs = 60_000
const restartWithinMs = 300_000

const up = async (options: StackArguments): Promise<void> => {
  const { dataDir, namespace, enginesOnly, apart, secure } = options
  const state = readState(dataDir)
  if (state !== undefined) return beside(state, options)
  const flags = [enginesOnly && '--engines', apart && '--apart', secure && '--secure'].filter(
    (flag) => flag !== false,
  )
  const args = ['--data', dataDir, '--namespace', namespace, ...flags]
  await startSupervisor(dataDir, args)
  const data = dataDirArgument(options)
  toStderr(`
The stack is up. Next:
  npm run stack -- status${data}             what runs, and where
  export $(npm run -s stack -- env${data})   the addresses, for this shell
  npm run stack -- down${data}               stop it; the data stays in ${dataDir}`)
}

/** Of a stack that is there: exit code 0 only where all of it is well. */
const beside = async (state: StackState, options: StackArguments): Promise<void> => {
  const { faults } = await stackStatus(state, restartCommand(options))
  const isWhole = state.phase === 'up' && faults.length === 0
  const how =
    state.phase === 'up' ? (isWhole ? 'is up already' : 'is up in part') : 'is being started already'
  const shows = `npm run stack -- status${dataDirArgument(options)} shows it`
  toStderr([`the stack ${how} (process ${state.holder.pid}); ${shows}`, ...faults].join('\n'))
  if (!isWhole) process.exitCode = 1
}

const startSupervisor = (dataDir: string, args: string[]): Promise<void> => {
  mkdirSync(join(dataDir, 'log'), { recursive: true })
  const logFile = join(dataDir, 'log', 'supervisor.log')
  const log = openSync(logFile, 'a', 0o600)
  const entry = fileURLToPath(new URL('supervisor.ts', import.meta.url))
  const child = spawn(process.execPath, [entry, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`the supervisor ended with ${code}, see ${logFile}`)))
    child.on('message', (message: SupervisorMessage) => {
      if (message.kind === 'progress') toStderr(message.line)
      if (message.kind === 'failed') reject(new Error(message.reason))
      if (message.kind !== 'up') return
      child.removeAllListeners()
      child.unref()
      resolve()
    })
  })
}

const down = async ({ dataDir }: StackArguments): Promise<void> => {
  const state = readState(dataDir)
  if (state === undefined) return toStderr('the stack is not up')
  const { holder } = state
  await step(toStderr, `stopping the stack (process ${holder.pid})`, async () => {
    signalProcess(holder, 'SIGTERM')
    const deadline = Date.now() + downWithinMs
    while (isAlive(holder) && Date.now() < deadline) await sleep(100)
    // Its children end with it: the kernel tells them of its death.
    if (signalProcess(holder, 'SIGKILL')) toStderr('it did not stop in time and was killed')
  })
}

const status = async (options: StackArguments): Promise<void> => {
  const state = readState(options.dataDir)
  if (state === undefined) return isNotUp(options)
  const { text, faults } = await stackStatus(state, restartCommand(options))
  print(text)
  if (faults.length === 0) return
  toStderr(faults.join('\n'))
  process.exitCode = 1
}

/** Ends the process, whose holder then starts it anew, and waits for that. */
const restart = async (options: StackArguments): Promise<void> => {
  const { dataDir, name } = options
  const state = readState(dataDir)
  if (state === undefined) return isNotUp(options)
  const find = ({ members }: StackState) =>
    members.find((member) => member.name === name) ?? members.find((member) => member.process === name)
  const member = find(state)
  if (member === undefined)
    throw new Error(`there is no ${name}; there are ${state.members.map((each) => each.name).join(', ')}`)
  if (!isAlive(member.identity) && (await isListening(member.port)))
    throw new Error(
      `${name}: a process that this stack did not start listens at 127.0.0.1:${member.port}; end that one first`,
    )
  await step(toStderr, `restarting ${member.process}`, async () => {
    signalProcess(member.identity, member.stopSignal)
    // A process stopped by SIGSTOP would never hear the request.
    signalProcess(member.identity, 'SIGCONT')
    const startedMs = Date.now()
    while (Date.now() - startedMs < restartWithinMs) {
      if (Date.now() - startedMs > endWithinMs) signalProcess(member.identity, 'SIGKILL')
      const now = readState(dataDir)
      if (now === undefined) throw new Error('the stack ended meanwhile')
      const again = find(now)
      const isNew = again !== undefined && again.identity.started !== member.identity.started
      if (isNew && (await lookAt(again)).isWell) return
      await sleep(100)
    }
    throw new Error(`${member.process} is not ready after ${restartWithinMs / 1000} s, see ${member.logFile}`)
  })
}

const env = async (options: StackArguments): Promise<void> => {
  const state = readState(options.dataDir)
  if (state?.phase === 'up') {
    for (const [name, value] of Object.entries(state.env)) print(`${name}=${value}`)
    return
  }
  isNotUp(options)
}

const isNotUp = (options: StackArguments): void => {
  process.exitCode = 1
  toStderr(`the stack is not up; start it with: npm run stack -- up${dataDirArgument(options)}`)
}

const restartCommand = (options: StackArguments) => (name: string) =>
  `npm run stack -- restart ${name}${dataDirArgument(options)}`

const dataDirArgument = ({ dataDir }: StackArguments): string =>
  dataDir === defaultDataDir() ? '' : ` --data ${dataDir}`

const commands = new Map(Object.entries({ up, down, status, env, restart }))

const read = (args: string[]): (() => Promise<void>) => {
  const options = parseStackArguments(args)
  const command = commands.get(options.command)
  if (command === undefined)
    throw new Error(options.command === '' ? 'say what to do' : `cannot ${options.command}`)
  return () => command(options)
}

await runCommand({ usage, read, obey: (command) => command() })
