// Runs one command to its end and keeps what it said for the error message.
import { spawn } from 'node:child_process'
import { withParentDeathSignal } from './parent-death-guard.ts'

/** Of the user a program runs as. */
export type UserIds = { uid: number; gid: number }

export type RunOptions = {
  command: string
  args?: readonly string[]
  cwd?: string
  env?: NodeJS.ProcessEnv
  user?: UserIds | undefined
  input?: string
  /** Ends the command, which then counts as failed. */
  signal?: AbortSignal
}

export type RunResult = { stdout: string; stderr: string }

const rememberedChars = 1_000_000

/** Resolves with the output when the command exits 0; rejects with its last lines otherwise. */
export const run = (options: RunOptions): Promise<RunResult> =>
  new Promise((resolve, reject) => {
    const { command, args = [], cwd, env = process.env, user, input = '', signal } = options
    const guarded = withParentDeathSignal({ command, args })
    const child = spawn(guarded.command, guarded.args, {
      env,
      stdio: 'pipe',
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
      ...user,
    })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        output[stream] = (output[stream] + chunk).slice(-rememberedChars)
      })
    }
    // An aborted command still closes, and then tells what it said until then.
    child.on('error', (error) => signal?.aborted || reject(error))
    child.on('close', (code, endedBy) => {
      if (code === 0) return resolve(output)
      const said = `${output.stdout}\n${output.stderr}`.trim().split('\n').slice(-15).join('\n')
      reject(new Error(`${command} ended with ${code ?? endedBy}:\n${said}`))
    })
    // A command that does not read its input closes the pipe early; its exit code tells the story.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
