// Commands in PostgreSQL, for the worker that brings them to bikes: the table is the outbox.
import { silenceMs } from '../../../devices/commands/life-cycle.ts'
import type { CommandReport } from '../../../devices/commands/message.ts'
import {
  type Happening,
  type KnownCommand,
  planChanges,
  type ReportOutcome,
} from '../../../devices/commands/plan.ts'
import type { CommandOutbox, QueuedCommand, Sending } from '../../../devices/commands/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { changedChannel, queuedChannel } from './command-store.ts'

export function createCommandOutbox(sql: Sql): CommandOutbox {
  return {
    dispatch: (limit, publish) =>
      sql.begin(async (tx) => {
        const commands = await takeOldest(tx, limit)
        if (commands.length > 0) await recordSendings(tx, commands, await publish(commands))
        return commands.length
      }),
    report: (reports) => sql.begin((tx) => change(tx, reports.map(happeningOf))),
    expire: (limit, silenceCounts) =>
      sql.begin(async (tx) => {
        const elapsed = await takeElapsed(tx, limit, silenceCounts)
        await change(tx, elapsed)
        return elapsed.length
      }),
    async retryNow(bikeIds) {
      const { count } = await sql`
        update commands set attempts = 0, next_attempt_at = now()
        where state = 'queued' and bike_id = any(${[...bikeIds]}::uuid[])`
      if (count > 0) await sql`select pg_notify(${queuedChannel}, '')`
    },
  }
}

/** Rows that another dispatcher holds are left out, and so are the later ones of the same bike. */
function takeOldest(tx: Transaction, limit: number): Promise<QueuedCommand[]> {
  return tx<QueuedCommand[]>`
    select command_id as "commandId", bike_id as "bikeId", payload, attempts,
      greatest(0, floor(extract(epoch from expires_at - clock_timestamp()) * 1000))::float8 as "expiresInMs"
    from commands as oldest
    where state = 'queued' and next_attempt_at <= now() and expires_at > now() and not exists (
      select from commands as older
      where older.bike_id = oldest.bike_id and older.position < oldest.position
        and older.state = 'queued' and older.expires_at > now())
    order by next_attempt_at limit ${limit}
    for update of oldest skip locked`
}

async function recordSendings(
  tx: Transaction,
  commands: readonly QueuedCommand[],
  sendings: readonly Sending[],
): Promise<void> {
  const sent = commands.filter((_, n) => sendings[n]?.sent === true)
  await change(
    tx,
    sent.map(({ commandId }) => ({ commandId, event: { type: 'sent' }, detail: '' })),
  )
  const kept = commands.flatMap(({ commandId }, n) => {
    const sending = sendings[n]
    return sending?.sent === false ? [{ commandId, retryInMs: sending.retryInMs }] : []
  })
  if (kept.length === 0) return
  await tx`
    update commands set attempts = attempts + 1,
      next_attempt_at = clock_timestamp() + make_interval(secs => retry_in_ms / 1000)
    from unnest(
      ${kept.map(({ commandId }) => commandId)}::uuid[], ${kept.map(({ retryInMs }) => retryInMs)}::float8[]
    ) as given (command_id, retry_in_ms)
    where commands.command_id = given.command_id`
}

function happeningOf({ commandId, bikeId, stage, detail }: CommandReport): Happening {
  return { commandId, bikeId, event: { type: 'reported', stage }, detail }
}

const silences = {
  queued: 'the bike could not be reached in time',
  sent: 'the bike has not answered in time',
  acknowledged: 'the bike has it, and has not reported its end in time',
} as const

async function takeElapsed(tx: Transaction, limit: number, silenceCounts: boolean): Promise<Happening[]> {
  const rows = await tx<{ commandId: string; state: keyof typeof silences }[]>`
    select command_id as "commandId", state from commands
    where expires_at <= now() and (
      state = 'queued' or (${silenceCounts} and (
        (state = 'sent' and expires_at <= now() - make_interval(secs => ${silenceMs.sent / 1_000}))
        or (state = 'acknowledged' and expires_at <= now() - make_interval(secs => ${silenceMs.acknowledged / 1_000})))))
    order by command_id limit ${limit}
    for update skip locked`
  return rows.map(({ commandId, state }) => ({
    ...{ commandId, event: { type: 'elapsed' as const }, detail: silences[state] },
  }))
}

/** Rows are locked in key order, so that two who change the same ones cannot wait for each other. */
async function change(tx: Transaction, happenings: readonly Happening[]): Promise<readonly ReportOutcome[]> {
  if (happenings.length === 0) return []
  const known = await tx<KnownCommand[]>`
    select command_id as "commandId", bike_id as "bikeId", state from commands
    where command_id = any(${happenings.map(({ commandId }) => commandId)}::uuid[])
    order by command_id for update`
  const { states, lines, outcomes } = planChanges(known, happenings)
  if (lines.length === 0) return outcomes
  await tx`
    update commands set state = given.state, changed_at = clock_timestamp()
    from unnest(${[...states.keys()]}::uuid[], ${[...states.values()]}::text[]) as given (command_id, state)
    where commands.command_id = given.command_id`
  await tx`
    insert into command_history (command_id, number, state, at, detail)
    select command_id, row_number() over (partition by command_id order by line) + (
        select max(number) from command_history as former where former.command_id = given.command_id),
      state, clock_timestamp(), detail
    from unnest(
      ${lines.map(({ commandId }) => commandId)}::uuid[], ${lines.map(({ state }) => state)}::text[],
      ${lines.map(({ detail }) => detail)}::text[], ${lines.map(({ note }) => String(note))}::text[]
    ) with ordinality as given (command_id, state, detail, note, line)
    where not note::boolean or not exists (
      select from command_history as former
      where former.command_id = given.command_id and former.state = given.state and former.detail = given.detail)`
  await tx`select pg_notify(${changedChannel}, id::text) from unnest(
    ${[...new Set(lines.map(({ commandId }) => commandId))]}::uuid[]) as id`
  return outcomes
}
