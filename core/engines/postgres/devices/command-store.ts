// Commands in PostgreSQL, for those who request and read them.
import type { CommandAction } from '../../../devices/commands/action.ts'
import type { CommandState } from '../../../devices/commands/life-cycle.ts'
import type {
  BikeCommands,
  CommandRecord,
  CommandStore,
  HistoryEntry,
  NewCommand,
  RequestOutcome,
  RequestPlan,
} from '../../../devices/commands/port.ts'
import type { Fragment, Sql, Transaction } from '../client/connect.ts'

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

export function createCommandStore(sql: Sql): CommandStore {
  return {
    add: (command, plan) => addCommand(sql, command, plan),
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

async function addCommand(
  sql: Sql,
  command: NewCommand,
  plan: (known: BikeCommands) => RequestPlan,
): Promise<RequestOutcome> {
  const { bikeId, requestedBy, idempotencyKey } = command
  return sql.begin(async (tx): Promise<RequestOutcome> => {
    await lockCommandsOf(tx, bikeId)
    const [former] = await tx<Row[]>`
      select ${columns(sql)} from commands
      where bike_id = ${bikeId}::uuid and requested_by = ${requestedBy} and idempotency_key = ${idempotencyKey}`
    const planned = plan({ ...(await commandsOf(tx, bikeId)), former: former && recordOf(former) })
    await addPlanned(tx, command, planned)
    return planned.outcome
  })
}

/** Adds the command of the plan, where it has one; whoever calls it has locked the bike's commands. */
export async function addPlanned(
  tx: Transaction,
  { idempotencyKey }: Pick<NewCommand, 'idempotencyKey'>,
  { outcome, payload }: RequestPlan,
): Promise<void> {
  if (payload !== undefined && 'command' in outcome) {
    await insertCommand(tx, outcome.command, { idempotencyKey, payload })
  }
}

/** Read after the lock: a change of owner that has ended the bike's commands is seen. */
export async function commandsOf(tx: Transaction, bikeId: string): Promise<Omit<BikeCommands, 'former'>> {
  const [bike] = await tx<{ nowMs: number; ownerId: string | null; isContested: boolean }[]>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs",
      (select rider_id from ownerships where bike_id = ${bikeId}::uuid and owned @> clock_timestamp()) as "ownerId",
      bike_is_contested(${bikeId}::uuid) as "isContested"`
  const counts = await tx<{ requestedBy: string; count: number }[]>`
    select requested_by as "requestedBy", count(*)::integer from commands
    where bike_id = ${bikeId}::uuid and state in ('queued', 'sent', 'acknowledged') group by 1`
  return {
    nowMs: bike?.nowMs ?? 0,
    ownerId: bike?.ownerId ?? undefined,
    isContested: bike?.isContested ?? false,
    unfinished: new Map(counts.map(({ requestedBy, count }) => [requestedBy, count])),
  }
}

async function insertCommand(
  tx: Transaction,
  command: CommandRecord,
  { idempotencyKey, payload }: { idempotencyKey: string; payload: Uint8Array },
): Promise<void> {
  const { commandId, bikeId, requestedBy, action, state, createdAtMs, expiresAtMs } = command
  const createdAt = new Date(createdAtMs)
  await tx`
    insert into commands (command_id, bike_id, requested_by, idempotency_key, action, payload, created_at, expires_at,
      changed_at)
    values (${commandId}, ${bikeId}, ${requestedBy}, ${idempotencyKey}, ${tx.json(action)}, ${Buffer.from(payload)},
      ${createdAt}, ${new Date(expiresAtMs)}, ${createdAt})`
  await tx`
    insert into command_history (command_id, number, state, at) values (${commandId}, 1, ${state}, ${createdAt})`
  await tx`select pg_notify(${queuedChannel}, ${bikeId})`
}

/**
 * Ends the unfinished commands of these bikes, in the transaction that changes their ownership or opens a case about it: they
 * fail, `detail` says why, and whoever follows one is told. It waits until commands that are being handed over are, and for
 * requests that came before; a request that comes later finds the change. Commands that the broker or a module may still have
 * are left to the purge.
 */
export async function endCommands(
  tx: Transaction,
  bikeIds: readonly string[],
  detail: string,
): Promise<void> {
  for (const bikeId of [...new Set(bikeIds)].sort()) await lockCommandsOf(tx, bikeId)
  await endUnfinished(tx, tx`bike_id = any(${[...bikeIds]}::uuid[])`, detail)
  await tx`
    insert into command_purges (bike_id)
    select distinct bike_id from commands where bike_id = any(${[...bikeIds]}::uuid[]) and expires_at > now()`
}

/** They fail, `detail` says why in their history, and whoever follows one is told. */
export async function endUnfinished(tx: Transaction, which: Fragment, detail: string): Promise<void> {
  const ended = await tx<{ commandId: string }[]>`
    update commands set state = 'failed', ended_by_platform = true, changed_at = clock_timestamp()
    where command_id in (
      select command_id from commands where ${which} and state in ('queued', 'sent', 'acknowledged')
      order by command_id for update)
    returning command_id as "commandId"`
  if (ended.length === 0) return
  const commandIds = ended.map(({ commandId }) => commandId)
  await tx`
    insert into command_history (command_id, number, state, at, detail)
    select command_id, (select max(number) + 1 from command_history as former where former.command_id = ended.command_id),
      'failed', clock_timestamp(), ${detail}
    from unnest(${commandIds}::uuid[]) as ended (command_id)`
  await tx`select pg_notify(${changedChannel}, id::text) from unnest(${commandIds}::uuid[]) as id`
}

/** Whoever requests or ends commands of a bike waits for others who do. */
export async function lockCommandsOf(tx: Transaction, bikeId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`commands/${bikeId}`}, 0))`
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
