// Commands in PostgreSQL, for those who request and read them.
import { uuidText, uuidV7Bytes } from '../../../../proto/index.ts'
import type { CommandAction } from '../../../devices/commands/action.ts'
import type { CommandState } from '../../../devices/commands/life-cycle.ts'
import { encodeCommand } from '../../../devices/commands/message.ts'
import {
  type CommandReader,
  type CommandRecord,
  type CommandRequests,
  type HistoryEntry,
  maxUnfinished,
  type NewCommand,
  type RequestOutcome,
} from '../../../devices/commands/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

/** Notified with a bike's id when a command of it waits to be published. */
export const queuedChannel = 'commands_queued'
/** Notified with a command's id when its state has changed. */
export const changedChannel = 'commands_changed'

interface Row extends Pick<CommandRecord, 'commandId' | 'bikeId' | 'requestedBy'> {
  action: CommandAction
  createdAt: Date
  expiresAt: Date
  state: CommandState
  changedAt: Date
}

const columns = (sql: Sql) => sql`
  command_id as "commandId", bike_id as "bikeId", requested_by as "requestedBy", action, created_at as "createdAt",
  expires_at as "expiresAt", state, changed_at as "changedAt"`

export function createCommandStore(sql: Sql): CommandRequests & CommandReader {
  return {
    request: (command) => requestCommand(sql, command),
    async find(bikeId, commandId) {
      const [row] = await sql<Row[]>`
        select ${columns(sql)} from commands
        where command_id = ${commandId}::uuid and bike_id = ${bikeId}::uuid`
      return row && { ...recordOf(row), history: await historyOf(sql, commandId) }
    },
    async list(bikeId, limit) {
      const rows = await sql<Row[]>`
        select ${columns(sql)} from commands where bike_id = ${bikeId}::uuid order by position desc limit ${limit}`
      return rows.map(recordOf)
    },
  }
}

/** Requests for one bike wait for each other: so the order of positions is the order in which they become visible. */
async function requestCommand(sql: Sql, command: NewCommand): Promise<RequestOutcome> {
  const { bikeId, requestedBy, idempotencyKey, action, ttlS } = command
  return sql.begin(async (tx): Promise<RequestOutcome> => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`commands/${bikeId}`}, 0))`
    const [former] = await tx<(Row & { same: boolean })[]>`
      select ${columns(sql)},
        action = ${sql.json(action)} and expires_at - created_at = make_interval(secs => ${ttlS}) as same
      from commands
      where bike_id = ${bikeId}::uuid and requested_by = ${requestedBy} and idempotency_key = ${idempotencyKey}`
    if (former) {
      return former.same ? { outcome: 'repeated', command: recordOf(former) } : { outcome: 'key_reused' }
    }
    const [{ nowMs, unfinished } = { nowMs: 0, unfinished: 0 }] = await tx<
      { nowMs: number; unfinished: number }[]
    >`
      select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs", count(*)::integer as unfinished
      from commands where bike_id = ${bikeId}::uuid and state in ('queued', 'sent', 'acknowledged')`
    if (unfinished >= maxUnfinished) return { outcome: 'too_many' }
    return { outcome: 'queued', command: await insertCommand(tx, command, nowMs) }
  })
}

/** Times are the database's: one clock for all who judge a command's age. */
async function insertCommand(tx: Transaction, command: NewCommand, nowMs: number): Promise<CommandRecord> {
  const { bikeId, requestedBy, idempotencyKey, action, ttlS } = command
  const commandId = uuidText(uuidV7Bytes(nowMs))
  const times = { createdAtMs: nowMs, expiresAtMs: nowMs + ttlS * 1_000 }
  const createdAt = new Date(times.createdAtMs)
  await tx`
    insert into commands (command_id, bike_id, requested_by, idempotency_key, action, payload, created_at, expires_at,
      changed_at)
    values (${commandId}, ${bikeId}, ${requestedBy}, ${idempotencyKey}, ${tx.json(action)},
      ${Buffer.from(encodeCommand({ commandId, bikeId, action, ...times }))}, ${createdAt},
      ${new Date(times.expiresAtMs)}, ${createdAt})`
  await tx`insert into command_history (command_id, number, state, at) values (${commandId}, 1, 'queued', ${createdAt})`
  await tx`select pg_notify(${queuedChannel}, ${bikeId})`
  return { commandId, bikeId, requestedBy, action, ...times, state: 'queued', changedAtMs: nowMs }
}

async function historyOf(sql: Sql, commandId: string): Promise<HistoryEntry[]> {
  const rows = await sql<(Omit<HistoryEntry, 'atMs'> & { at: Date })[]>`
    select number, state, at, detail from command_history where command_id = ${commandId}::uuid order by number`
  return rows.map(({ at, ...entry }) => ({ ...entry, atMs: at.getTime() }))
}

function recordOf(row: Row): CommandRecord {
  const { commandId, bikeId, requestedBy, action, createdAt, expiresAt, state, changedAt } = row
  return {
    ...{ commandId, bikeId, requestedBy, action, state },
    createdAtMs: createdAt.getTime(),
    expiresAtMs: expiresAt.getTime(),
    changedAtMs: changedAt.getTime(),
  }
}
