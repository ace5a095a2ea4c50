// What an engine is to the local stack: an address given by the environment, or a process to start.
import type { EngineTls } from '../engine-certificates.ts'
import type { ProcessPlan } from '../managed-process.ts'
import type { PortBook } from '../ports.ts'
import type { OnProgress } from '../progress.ts'
import type { Secrets } from '../secrets.ts'

export type Env = Record<string, string>

type EngineContext = {
  dataDir: string
  logDir: string
  ports: PortBook
  secrets: Secrets
  /** Encrypted, with a password and nothing else, where given. */
  tls: EngineTls | undefined
  /** Nothing of it is needed after the stop. */
  temporary: boolean
  onProgress: OnProgress
}

export type Engine = {
  name: string
  /** The addresses and credentials it provides; when the first is set in the environment, no local engine starts. */
  variables: readonly [string, ...string[]]
  /** Where its data lies when the stack's data lies in `dataDir`. */
  dataDirs: (dataDir: string) => readonly string[]
  /** Installs, configures and describes the process; nothing runs yet when it resolves. */
  prepare: (context: EngineContext) => Promise<{ env: Env; plan: ProcessPlan }>
}

export const givenByEnvironment = (engine: Engine, environment: NodeJS.ProcessEnv): Env | undefined => {
  if (!environment[engine.variables[0]]) return undefined
  const set = engine.variables.map((name) => [name, environment[name]] as const)
  return Object.fromEntries(set.filter((pair): pair is [string, string] => pair[1] !== undefined))
}
