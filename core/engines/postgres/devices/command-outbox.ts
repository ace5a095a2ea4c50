// Commands in PostgreSQL, for the worker that brings them to bikes: the table is the outbox.
import {
  type CommandChanges,
  type CommandOutbox,
  type CommandSelection,
  type KnownCommand,
  resendAfterMs,
} from '../../../devices/commands/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { changedChannel, queuedChannel } from './command-store.ts'

export function createCommandOutbox(sql: Sql): CommandOutbox {
  return {
    async change(selection, plan) {
      const { changes } = await sql.begin(async (tx) => {
        const changes = await plan(await lock(tx, selection))
        await write(tx, changes)
        return { changes }
      })
      return changes
    },
    async retryNow(bikeIds) {
      const { count } = await sql`
        update commands set attempts = 0, next_attempt_at = case when state = 'queued' then now()
          else greatest(now(), handed_over_at + make_interval(secs => ${resendAfterMs / 1_000})) end
        where state in ('queued', 'sent') and bike_id = any(${[...bikeIds]}::uuid[])`
      const settings = await sql`
        update bike_settings set due = true
        where bike_id = any(${[...bikeIds]}::uuid[]) and desired is not null
          and (reported ->> 'version')::integer is distinct from version`
      if (count + settings.count > 0) await sql`select pg_notify(${queuedChannel}, '')`
    },
  }
}

const columns = (tx: Transaction) => tx`
  command_id as "commandId", bike_id as "bikeId", state, payload, attempts, ended_by_platform as "endedByPlatform",
  array(select device_id::text from devices
    where devices.bike_id = commands.bike_id and revoked_at is null order by 1) as "deviceIds",
  (select coalesce(bool_and(verifies_commands), false) from devices
    where devices.bike_id = commands.bike_id and revoked_at is null) as "isVerified",
  exists (select from devices join device_presence using (device_id)
    where devices.bike_id = commands.bike_id and revoked_at is null and online) as "isConnected",
  bike_is_contested(bike_id) as "isContested",
  greatest(0, floor(extract(epoch from expires_at - clock_timestamp()) * 1000))::float8 as "expiresInMs"`

async function lock(tx: Transaction, selection: CommandSelection): Promise<readonly KnownCommand[]> {
  switch (selection.kind) {
    case 'named':
      if (selection.commandIds.length === 0) return []
      // In key order, so that two who change the same ones cannot wait for each other.
      return tx<KnownCommand[]>`
        select ${columns(tx)} from commands where command_id = any(${[...selection.commandIds]}::uuid[])
        order by command_id for update`
    case 'due':
      return tx<KnownCommand[]>`
        select ${columns(tx)} from commands
        where state in ('queued', 'sent') and next_attempt_at <= now() and expires_at > now() and not exists (
          select from commands as older
          where older.bike_id = commands.bike_id and older.position < commands.position and older.expires_at > now()
            and (older.state = 'queued' or older.state = 'sent' and older.next_attempt_at <= now()))
        order by next_attempt_at limit ${selection.limit}
        for update of commands skip locked`
    case 'elapsed':
      return tx<KnownCommand[]>`
        select ${columns(tx)} from commands
        where state in ('queued', 'sent', 'acknowledged') and expires_at <= now()
          and expires_at <= now() - make_interval(secs =>
            (${tx.json(selection.expiredForMs)}::jsonb ->> state)::float8 / 1000)
        order by command_id limit ${selection.limit}
        for update skip locked`
  }
}

async function write(tx: Transaction, changes: CommandChanges): Promise<void> {
  const { states, lines, retries, handedOver, endedByPlatform } = changes
  if (states.size > 0) {
    await tx`
      update commands set state = given.state, changed_at = clock_timestamp(),
        ended_by_platform = given.command_id = any(${[...endedByPlatform]}::uuid[])
      from unnest(${[...states.keys()]}::uuid[], ${[...states.values()]}::text[]) as given (command_id, state)
      where commands.command_id = given.command_id`
  }
  if (lines.length > 0) await writeHistory(tx, lines)
  if (retries.length > 0) {
    await tx`
      update commands set attempts = attempts + 1,
        handed_over_at = case when given.command_id = any(${[...handedOver]}::uuid[]) then clock_timestamp()
          else handed_over_at end,
        next_attempt_at = clock_timestamp() + make_interval(secs => retry_in_ms / 1000)
      from unnest(
        ${retries.map(({ commandId }) => commandId)}::uuid[], ${retries.map(({ retryInMs }) => retryInMs)}::float8[]
      ) as given (command_id, retry_in_ms)
      where commands.command_id = given.command_id`
  }
}

async function writeHistory(tx: Transaction, lines: CommandChanges['lines']): Promise<void> {
  await tx`
    insert into command_history (command_id, number, state, at, detail)
    select command_id, row_number() over (partition by command_id order by line) + (
        select max(number) from command_history as former where former.command_id = given.command_id),
      state, clock_timestamp(), detail
    from unnest(
      ${lines.map(({ commandId }) => commandId)}::uuid[], ${lines.map(({ state }) => state)}::text[],
      ${lines.map(({ detail }) => detail)}::text[], ${lines.map(({ once }) => String(once))}::text[]
    ) with ordinality as given (command_id, state, detail, once, line)
    where not once::boolean or not exists (
      select from command_history as former
      where former.command_id = given.command_id and former.state = given.state and former.detail = given.detail)`
  await tx`select pg_notify(${changedChannel}, id::text) from unnest(
    ${[...new Set(lines.map(({ commandId }) => commandId))]}::uuid[]) as id`
}
