// What a running stack tells others about itself: a file in its data folder, gone when it is down.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from './engines/engine.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

export type StackState = {
  phase: 'starting' | 'up'
  /** The process that holds all the others. */
  holder: ProcessIdentity
  env: Env
  members: readonly StackMember[]
}

export type StackMember = {
  name: string
  /** Of the process that it runs in; services may share one, and then restart together. */
  process: string
  identity: ProcessIdentity
  address: string
  /** Where its process listens. */
  port: number
  /** Where a service tells its health; engines have none. */
  adminUrl?: string
  logFile: string
  /** That ends it in order. */
  stopSignal: NodeJS.Signals
}

const fileIn = (dataDir: string): string => join(dataDir, 'stack.json')

/** Holds passwords, so only its owner reads it; replaced at once, so nobody reads half of it. */
export const writeState = (dataDir: string, state: StackState): void => {
  const draft = `${fileIn(dataDir)}.draft`
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, fileIn(dataDir))
}

/** Undefined when nothing is up, also when the holder died without removing the file. */
export const readState = (dataDir: string): StackState | undefined => {
  try {
    const state = JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as StackState
    return isAlive(state.holder) ? state : undefined
  } catch {
    return undefined
  }
}

export const removeState = (dataDir: string): void => rmSync(fileIn(dataDir), { force: true })
