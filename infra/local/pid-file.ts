// Which processes a start left running: written down, so that the next start ends what a crash left behind.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts'

export type PidFile = {
  add: (identity: ProcessIdentity) => void
  /** Kills what earlier starts wrote down and waits, within a bound, until it is gone. */
  endLeftovers: () => Promise<void>
  clear: () => void
}

const pollMs = 50
const endWithinMs = 10_000

/** On Linux the kernel has ended them already (parent-death-guard.ts); elsewhere the next start does. */
export const openPidFile = (file: string): PidFile => {
  const identities = read(file)
  return {
    add: (identity) => {
      identities.push(identity)
      writeFileSync(file, `${JSON.stringify(identities)}\n`, { mode: 0o600 })
    },
    endLeftovers: async () => {
      for (const identity of identities) signalProcess(identity, 'SIGKILL')
      const deadline = Date.now() + endWithinMs
      while (identities.some(isAlive) && Date.now() < deadline) await sleep(pollMs)
      identities.length = 0
    },
    clear: () => rmSync(file, { force: true }),
  }
}

const read = (file: string): ProcessIdentity[] => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity[]
  } catch {
    return []
  }
}
