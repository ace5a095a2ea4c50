// The table of `npm run stack -- status`: every process, whether it runs, what it says of itself, and what it does; and what to do
// about those that are not well.
import { services } from '../../core/services.ts'
import { isListening } from './ports.ts'
import { isAlive } from './process-identity.ts'
import { askReadiness } from './readiness.ts'
import type { StackMember, StackState } from './stack-state.ts'

type Status = {
  text: string
  /** A line for each process that is not well, such as `kafka: ended; log: …; to start it anew: npm run stack -- restart kafka`. */
  faults: readonly string[]
}

/** `restartCommand('kafka')` is the command to type. */
export const stackStatus = async (
  state: StackState,
  restartCommand: (name: string) => string,
): Promise<Status> => {
  const looked = await Promise.all(
    state.members.map(async (member) => ({ ...member, ...(await lookAt(member)) })),
  )
  const holder = { name: 'holder', pid: state.holder.pid, state: state.phase, address: '', does: '' }
  const rows = looked.map(({ name, identity, words, address, isOwn }) => ({
    ...{ name, pid: isOwn ? identity.pid : '-', state: words, address, does: doesOf(name) },
  }))
  const faults = looked
    .filter(({ isWell }) => !isWell)
    .map(({ process, words, logFile }) => {
      const next = runsAndTells(words) ? '' : `; to start it anew: ${restartCommand(process)}`
      return `${process}: ${words}; log: ${logFile}${next}`
    })
  return { text: table([headings, holder, ...rows]), faults: [...new Set(faults)] }
}

const runsAndTells = (words: string): boolean => words.startsWith('not ready')

type Looked = {
  words: string
  isWell: boolean
  /** The process that the stack started is alive. */
  isOwn: boolean
}

/** Engines only run; services say at /readyz whether they can work, wholly or in part, and if not, why. */
export const lookAt = async ({ identity, adminUrl, port }: StackMember): Promise<Looked> => {
  const isOwn = isAlive(identity)
  const answers = await answerOf(adminUrl, port)
  if (answers === undefined) return { words: isOwn ? 'not answering' : 'ended', isWell: false, isOwn }
  const { words, isWell } = answers
  return { words: isOwn ? words : `${words} (not started by this stack)`, isWell, isOwn }
}

/** Undefined when nobody answers. An engine in trouble may still listen. */
const answerOf = async (
  adminUrl: string | undefined,
  port: number,
): Promise<{ words: string; isWell: boolean } | undefined> => {
  if (adminUrl === undefined)
    return (await isListening(port)) ? { words: 'running', isWell: true } : undefined
  const answer = await askReadiness(adminUrl).catch(() => undefined)
  if (answer === undefined) return undefined
  const { isReady, said } = answer
  if (!isReady) return { words: `not ready: ${said}`, isWell: false }
  // Without an engine it answers in part: it is the engine that is not well.
  return { words: said === '' ? 'ready' : said, isWell: true }
}

const beside: Readonly<Record<string, string>> = {
  edge: 'takes uploads of phones',
  issuer: 'gives tokens for development to everyone who asks',
}

const doesOf = (name: string): string => services.find((row) => row.name === name)?.does ?? beside[name] ?? ''

type Row = { name: string; pid: string | number; state: string; address: string; does: string }

const headings: Row = { name: 'NAME', pid: 'PID', state: 'STATE', address: 'ADDRESS', does: 'DOES' }

const table = (rows: readonly Row[]): string => {
  const columns = ['name', 'pid', 'state', 'address', 'does'] as const
  const widths = columns.map((column) => Math.max(...rows.map((row) => String(row[column]).length)))
  return rows
    .map((row) => columns.map((column, index) => String(row[column]).padEnd(widths[index] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}
