// Tells one process from another one that later got the same number.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** `started` is compared, never parsed: boot id and start tick on Linux, the start time elsewhere. */
export type ProcessIdentity = { pid: number; started: string }

export const identify = (pid: number): ProcessIdentity | undefined => {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid)
  return started === undefined ? undefined : { pid, started }
}

export const isAlive = (identity: ProcessIdentity): boolean =>
  identify(identity.pid)?.started === identity.started

/** Sends a signal only when the number still belongs to the process that was meant. */
export const signalProcess = (identity: ProcessIdentity, signal: NodeJS.Signals): boolean => {
  if (!isAlive(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch {
    return false
  }
}

const startedOnLinux = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command name in brackets and may itself hold brackets and blanks.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    const startTick = fields[18]
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${startTick}`
  } catch {
    return undefined
  }
}

const startedByPs = (pid: number): string | undefined => {
  try {
    const out = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return out === '' || out.startsWith('Z') ? undefined : out.slice(out.indexOf(' ')).trim()
  } catch {
    return undefined
  }
}
