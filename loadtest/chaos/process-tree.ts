// A process with all that it has started, so that a fault meets the whole engine and not only its launcher. Linux.
import { readdirSync, readFileSync } from 'node:fs'
import { isAlive, type ProcessIdentity } from '../../infra/local/process-identity.ts'

/** What a process starts while it is signalled is met by the next look. */
const looks = 5

/**
 * Sends the signal to the process, then to its descendants; returns the numbers of all that were met. Throws when the process
 * does not live: whoever bears its number now is spared, and so is everybody when it has none (-1 would mean all processes).
 */
export function signalTree(head: ProcessIdentity, signal: NodeJS.Signals): number[] {
  if (!isAlive(head)) throw new Error(`there is no process ${head.pid} that could get ${signal}`)
  // Orphans are no descendants any more: the family is counted before its head dies.
  const met = new Set<number>()
  for (let look = 0; look < looks; look++) {
    const family = descendants(head.pid).filter((one) => !met.has(one))
    if (family.length === 0) break
    for (const one of family) {
      met.add(one)
      send(one, signal)
    }
  }
  return [...met]
}

/** The process itself first. */
function descendants(pid: number): number[] {
  const children = Map.groupBy(processes(), ({ parent }) => parent)
  const found = [pid]
  for (let i = 0; i < found.length; i++) {
    found.push(...(children.get(found[i] as number) ?? []).map((child) => child.pid))
  }
  return found
}

function processes(): { pid: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const parent = parentOf(name)
      return parent === undefined ? [] : [{ pid: Number(name), parent }]
    })
}

/** Undefined when the process has ended meanwhile. */
function parentOf(name: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
    // The name in brackets may hold anything; behind it come the state and the parent.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

/** Nothing happens when the process has ended meanwhile. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
