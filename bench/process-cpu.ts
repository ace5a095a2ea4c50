// CPU time and memory of other processes, from the kernel's books (Linux).
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** User and system seconds that the process and its threads have used. */
export function processCpuSeconds(pid: number): number {
  return timesOf(pid).own
}

/** … and its children, those that have ended too. */
export function processTreeCpuSeconds(pid: number): number {
  const { own, endedChildren } = timesOf(pid)
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + unlessEnded(Number(child)), own + endedChildren)
}

/** A child that has just ended is counted with its parent's ended ones the next time. */
function unlessEnded(pid: number): number {
  try {
    return processTreeCpuSeconds(pid)
  } catch {
    return 0
  }
}

function timesOf(pid: number): { own: number; endedChildren: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; utime to cstime are fields 14 to 17 of all, 12 to 15 after the name.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (at: number) => Number(fields[at]) / ticksPerSecond
  return { own: seconds(11) + seconds(12), endedChildren: seconds(13) + seconds(14) }
}

/** The most memory the process has had, in MiB. */
export function processPeakMiB(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) / 1024
}

/** Who listens on this port of the machine; undefined when nobody does, or it is not ours to see. */
export function processListeningOn(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const listening = ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .find(([, local = '', , state]) => state === '0A' && local.endsWith(`:${hex}`))
  const socket = `socket:[${listening?.[9]}]`
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).find((pid) => linksOf(`/proc/${pid}/fd`).includes(socket))
}

function linksOf(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => readlinkSync(`${folder}/${name}`))
  } catch {
    // Ended meanwhile, or not ours.
    return []
  }
}
