// Notices that whoever started this process is gone: npm's shell, or npm above it, may die without passing it on.
import { readFileSync } from 'node:fs'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

const pollMs = 500

/** Aborts when the parent ends; under npm, whose scripts run below a shell, also when the shell's parent ends. */
export const orphanedSignal = (): AbortSignal => {
  const orphaned = new AbortController()
  const starters = startersOf(process.ppid)
  const timer = setInterval(() => {
    if (starters.every(isAlive)) return
    clearInterval(timer)
    orphaned.abort()
  }, pollMs)
  timer.unref()
  return orphaned.signal
}

const startersOf = (parent: number): ProcessIdentity[] => {
  const pids = process.env.npm_lifecycle_event === undefined ? [parent] : [parent, parentOf(parent)]
  return pids.map((pid) => (pid > 1 ? identify(pid) : undefined)).filter((each) => each !== undefined)
}

/** 0 where there is no /proc to tell. */
const parentOf = (pid: number): number => {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
