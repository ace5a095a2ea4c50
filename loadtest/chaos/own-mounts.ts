// Mounts that nobody else sees and that end with the last process of the run, however that ends.
import { execFileSync } from 'node:child_process'

const mark = 'CHAOS_OWN_MOUNTS'

/** Whether this process lives in a mount namespace of its own. */
export function hasOwnMounts(): boolean {
  return process.env[mark] !== undefined
}

/** Becomes the same program in a mount namespace of its own, where this user may have one; else returns. */
export function moveIntoOwnMounts(): void {
  if (hasOwnMounts() || !mayMount()) return
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const env = { ...process.env, [mark]: 'yes' }
  process.execve?.('/usr/bin/unshare', ['unshare', '--mount', '--', ...program], env)
}

function mayMount(): boolean {
  const trial = ['--mount', '--', 'mount', '-t', 'tmpfs', 'trial', '/tmp']
  try {
    execFileSync('/usr/bin/unshare', trial, { stdio: 'ignore', timeout: 10_000 })
    return true
  } catch {
    return false
  }
}
