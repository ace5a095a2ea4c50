// The table of `npm run stack -- status`: every process, whether it runs, and what it says of itself.
import { isAlive } from './process-identity.ts'
import type { StackMember, StackState } from './stack-state.ts'

type Status = { text: string; allWell: boolean }

export const statusTable = async (state: StackState): Promise<Status> => {
  const holder = { name: 'holder', pid: state.holder.pid, state: state.phase, address: '' }
  const members = await Promise.all(
    state.members.map(async (member) => ({
      name: member.name,
      pid: member.identity.pid,
      state: await stateOf(member),
      address: member.address,
    })),
  )
  const rows = [{ name: 'NAME', pid: 'PID', state: 'STATE', address: 'ADDRESS' }, holder, ...members]
  return { text: table(rows), allWell: members.every(({ state }) => wellStates.has(state)) }
}

const wellStates: ReadonlySet<string> = new Set(['ready', 'running'])

/** Engines only run; services say at /readyz whether they can work, wholly or in part, and if not, why. */
const stateOf = async ({ identity, adminUrl }: StackMember): Promise<string> => {
  if (!isAlive(identity)) return 'ended'
  if (adminUrl === undefined) return 'running'
  try {
    const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(2_000) })
    const lines = (await response.text()).trim().split('\n')
    const said = lines.filter((line) => !/(^|: )ready$/.test(line)).join('; ')
    if (said === '') return 'ready'
    return (response.ok ? said : `not ready: ${said}`).slice(0, 120)
  } catch {
    return 'not answering'
  }
}

type Row = { name: string; pid: string | number; state: string; address: string }

const table = (rows: readonly Row[]): string => {
  const columns = ['name', 'pid', 'state', 'address'] as const
  const widths = columns.map((column) => Math.max(...rows.map((row) => String(row[column]).length)))
  return rows
    .map((row) => columns.map((column, index) => String(row[column]).padEnd(widths[index] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}
