import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import type { ReportStage } from '../../../devices/commands/life-cycle.ts'
import {
  elapsedCommands,
  planExpiry,
  planOthers,
  planReports,
  planSendings,
} from '../../../devices/commands/plan.ts'
import {
  type CommandOutbox,
  type CommandReader,
  type CommandRecord,
  type CommandRequests,
  type KnownCommand,
  maxUnfinished,
  type NewCommand,
} from '../../../devices/commands/port.ts'
import { createCommandQueue } from '../../../devices/commands/queue.ts'
import { registerBikes } from '../../../fleet/registry/stores.ts'
import type { PublishOutcome } from '../../rabbitmq/port.ts'
import { connectPostgres, type Sql } from '../client/connect.ts'
import { createCommandOutbox } from './command-outbox.ts'
import { createCommandStore, endCommands } from './command-store.ts'

let database: TestDatabase
let sql: Sql
let store: CommandRequests & CommandReader
let outbox: CommandOutbox
beforeAll(async () => {
  database = await createTestDatabase()
  sql = connectPostgres({ url: database.url, name: 'test', maxConnections: 10 })
  const commands = createCommandStore(sql)
  store = { ...commands, ...createCommandQueue(commands) }
  outbox = createCommandOutbox(sql)
})
afterAll(async () => {
  await sql.end()
  await database.drop()
})

const command = (bikeId: string, fields: Partial<NewCommand> = {}): NewCommand => ({
  bikeId,
  requestedBy: 'rider:anna',
  idempotencyKey: randomUUID(),
  action: { kind: 'lock' },
  ttlS: 60,
  ...fields,
})

/** The request of a bike's owner, unless the bike has one already. */
async function request(of: NewCommand) {
  const ownerId = of.requestedBy.replace('rider:', '')
  const [owned] = await sql`select from ownerships where bike_id = ${of.bikeId}`
  if (owned === undefined) {
    const bike = { bikeId: of.bikeId, riderId: ownerId, producedAt: new Date('2025-01-01') }
    await registerBikes(sql, [bike]).catch(() => undefined)
  }
  return store.request(of)
}

async function queue(bikeId: string, fields: Partial<NewCommand> = {}): Promise<CommandRecord> {
  const outcome = await request(command(bikeId, fields))
  if (outcome.outcome !== 'queued') throw new Error(outcome.outcome)
  return outcome.command
}

type Publish = (commands: readonly KnownCommand[]) => Promise<PublishOutcome[]>
const sendAll: Publish = async (commands) => commands.map(() => 'stored')
/** As the dispatcher does it, but with the longest pause; returns how many commands were handed to `publish`. */
async function dispatch(limit: number, publish: Publish): Promise<number> {
  let handed = 0
  await outbox.change({ kind: 'due', limit }, async (commands) => {
    handed = commands.length
    const outcomes = await publish(commands)
    return planSendings(
      commands.map((command) => ({ ...command, attempts: 7 })),
      outcomes,
    )
  })
  return handed
}
async function report({ commandId, bikeId }: CommandRecord, stage: ReportStage, detail = '') {
  const reports = [{ commandId, bikeId, stage, detail }]
  const plan = await outbox.change({ kind: 'named', commandIds: [commandId] }, (known) =>
    planReports(known, reports),
  )
  return plan.outcomes
}
const expire = async (limit: number, silenceCounts: boolean) =>
  (await outbox.change(elapsedCommands(limit, silenceCounts), planExpiry)).states.size
const sent = 'sent: signed, but a module of the bike obeys without verifying that'
const lifeOf = async ({ bikeId, commandId }: CommandRecord) => {
  const found = await store.find(bikeId, commandId)
  return found?.history.map(({ state, detail }) => [state, detail].filter(Boolean).join(': '))
}
const dispatchAll = async () => {
  while ((await dispatch(100, sendAll)) > 0);
}
/** Lets the command's time pass, `agoS` seconds ago. */
const pastBy = (agoS: number, { commandId }: CommandRecord) =>
  sql`update commands set expires_at = now() - make_interval(secs => ${agoS}) where command_id = ${commandId}`

test('a command lives through its states, and its history tells of each', async () => {
  const asked = await queue(randomUUID(), { action: { kind: 'light', on: true } })
  await dispatchAll()
  expect(await report(asked, 'acknowledged')).toEqual(['moved'])
  expect(await report(asked, 'executed', 'both lamps')).toEqual(['moved'])
  expect(await store.find(asked.bikeId, asked.commandId)).toMatchObject({
    state: 'executed',
    action: { kind: 'light', on: true },
    history: [
      { number: 1, state: 'queued', atMs: asked.createdAtMs },
      { number: 2, state: 'sent' },
      { number: 3, state: 'acknowledged' },
      { number: 4, state: 'executed', detail: 'both lamps' },
    ],
  })
  expect(await report(asked, 'executed')).toEqual(['repeated'])
  expect(await report(asked, 'failed')).toEqual(['final'])
  expect(await store.find(asked.bikeId, asked.commandId)).toMatchObject({
    state: 'executed',
    history: { length: 4 },
  })
})

test('the same request is one command; the key with another content is refused', async () => {
  const asked = command(randomUUID())
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => request(asked)))
  expect(outcomes.filter(({ outcome }) => outcome === 'queued')).toHaveLength(1)
  expect(outcomes.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(7)
  expect(await store.list(asked.bikeId, 10)).toHaveLength(1)
  for (const other of [{ ttlS: 61 }, { action: { kind: 'unlock' } }] as const) {
    expect(await request({ ...asked, ...other })).toEqual({ outcome: 'key_reused' })
  }
  expect(await request({ ...asked, requestedBy: 'service:ben' })).toMatchObject({ outcome: 'queued' })
})

test('a bike has no more than its number of unfinished commands', async () => {
  const bikeId = randomUUID()
  const requests = Array.from({ length: maxUnfinished.rider + 5 }, () => request(command(bikeId)))
  const outcomes = await Promise.all(requests)
  expect(outcomes.filter(({ outcome }) => outcome === 'too_many')).toHaveLength(5)
  const [newest] = await store.list(bikeId, 1)
  await report(newest as CommandRecord, 'rejected')
  expect(await request(command(bikeId))).toMatchObject({ outcome: 'queued' })
  await dispatchAll()
})

test('several dispatchers at once publish each command once, and those of a bike in order', async () => {
  const bikeIds = Array.from({ length: 5 }, () => randomUUID())
  const asked: CommandRecord[] = []
  for (let n = 0; n < 40; n++) asked.push(await queue(bikeIds[n % 5] as string))
  const published: string[] = []
  const dispatcher = async () => {
    let idle = 0
    while (idle < 5) {
      const count = await dispatch(3, async (commands) => {
        published.push(...commands.map(({ commandId }) => commandId))
        await delay(2)
        return sendAll(commands)
      })
      idle = count === 0 ? idle + 1 : 0
      await delay(2)
    }
  }
  await Promise.all([dispatcher(), dispatcher(), dispatcher()])
  for (const bikeId of bikeIds) {
    const ofBike = asked.filter((each) => each.bikeId === bikeId).map(({ commandId }) => commandId)
    expect(published.filter((id) => ofBike.includes(id))).toEqual(ofBike)
  }
})

test('a command that was not sent keeps its place: the later ones of its bike wait, other bikes do not', async () => {
  const [bikeId, other] = [randomUUID(), randomUUID()]
  const [first, second, free] = [await queue(bikeId), await queue(bikeId), await queue(other)]
  const handed: string[] = []
  const refuse: Publish = async (commands) => {
    handed.push(...commands.map(({ commandId }) => commandId))
    return commands.map((each) => (each.bikeId === bikeId ? 'unroutable' : 'stored'))
  }
  while ((await dispatch(100, refuse)) > 0);
  expect(handed.sort()).toEqual([first.commandId, free.commandId].sort())
  await outbox.retryNow([bikeId])
  await dispatch(100, async (commands) => {
    expect(commands).toMatchObject([{ commandId: first.commandId, attempts: 0 }])
    return sendAll(commands)
  })
  await dispatchAll()
  expect(await lifeOf(second)).toEqual(['queued', sent])
})

test('a publisher that fails leaves the command queued', async () => {
  const asked = await queue(randomUUID())
  const lost = dispatch(100, () => Promise.reject(new Error('connection lost')))
  await expect(lost).rejects.toThrow('connection lost')
  expect(await lifeOf(asked)).toEqual(['queued'])
  await dispatchAll()
  expect(await lifeOf(asked)).toEqual(['queued', sent])
})

test('a signature protects a bike only if each of its modules in service was enrolled as one that verifies', async () => {
  const bikeId = randomUUID()
  const isVerified = async (asked: CommandRecord) => {
    const [known] = (
      await outbox.change({ kind: 'named', commandIds: [asked.commandId] }, async (commands) => ({
        ...planOthers([]),
        known: commands,
      }))
    ).known
    return known?.isVerified
  }
  const asked = await queue(bikeId)
  expect(await isVerified(asked)).toBe(false)
  const [verifying, former] = [randomUUID(), randomUUID()]
  await sql`insert into devices (device_id, bike_id, verifies_commands) values (${verifying}, ${bikeId}, true)`
  expect(await isVerified(asked)).toBe(true)
  await sql`insert into devices (device_id, bike_id) values (${former}, ${bikeId})`
  expect(await isVerified(asked)).toBe(false)
  await sql`update devices set revoked_at = now(), revoked_reason = 'broken' where device_id = ${former}`
  expect(await isVerified(asked)).toBe(true)
  await dispatchAll()
})

test('time ends what nobody has at once, and what a bike has only after silence', async () => {
  const bikeId = randomUUID()
  const [queued, sent, busy] = [await queue(randomUUID()), await queue(bikeId), await queue(bikeId)]
  await report(sent, 'acknowledged')
  await report(busy, 'acknowledged')
  await sql`update commands set state = 'sent' where command_id = ${sent.commandId}`
  for (const each of [queued, sent, busy]) await pastBy(20, each)
  expect(await expire(100, false)).toBe(1)
  expect(await expire(100, true)).toBe(1)
  expect(await lifeOf(queued)).toEqual(['queued', 'expired: the bike could not be reached in time'])
  expect((await lifeOf(sent))?.at(-1)).toBe('expired: the bike has not answered in time')
  expect(await expire(100, true)).toBe(0)
  await pastBy(61, busy)
  expect(await expire(100, true)).toBe(1)
  expect(await dispatch(100, sendAll)).toBe(0)
})

test('a report after the expiry is noted once and changes no state', async () => {
  const asked = await queue(randomUUID())
  await pastBy(20, asked)
  await expire(100, true)
  expect(await report(asked, 'executed')).toEqual(['noted'])
  await report(asked, 'executed')
  expect((await store.find(asked.bikeId, asked.commandId))?.state).toBe('expired')
  expect((await lifeOf(asked))?.slice(2)).toEqual(['expired: reported afterwards: executed'])
})

test('a report counts for the bike of its topic only', async () => {
  const asked = await queue(randomUUID())
  expect(await report({ ...asked, bikeId: randomUUID() }, 'executed')).toEqual(['unknown'])
  expect(await report({ ...asked, commandId: randomUUID() }, 'executed')).toEqual(['unknown'])
  expect(await lifeOf(asked)).toEqual(['queued'])
  await dispatchAll()
})

test('when a bike gets another owner its unfinished commands fail, with a reason, and no other bike’s', async () => {
  const [bikeId, other] = [randomUUID(), randomUUID()]
  const [waiting, done, stranger] = [await queue(bikeId), await queue(bikeId), await queue(other)]
  await sql`update commands set state = 'executed' where command_id = ${done.commandId}`
  const end = () => sql.begin((tx) => endCommands(tx, [bikeId, bikeId], 'the bike has another owner'))
  await end()
  await end()
  expect(await store.find(bikeId, waiting.commandId)).toMatchObject({
    state: 'failed',
    history: [
      { number: 1, state: 'queued' },
      { number: 2, state: 'failed', detail: 'the bike has another owner' },
    ],
  })
  expect((await store.find(bikeId, done.commandId))?.state).toBe('executed')
  expect((await store.find(other, stranger.commandId))?.state).toBe('queued')
})

test('commands that are rolled back with a change of owner go on', async () => {
  const bikeId = randomUUID()
  const waiting = await queue(bikeId)
  const failing = sql.begin(async (tx) => {
    await endCommands(tx, [bikeId], 'the bike has another owner')
    throw new Error('no change after all')
  })
  await expect(failing).rejects.toThrow('no change after all')
  expect(await store.find(bikeId, waiting.commandId)).toMatchObject({
    state: 'queued',
    history: [{ number: 1 }],
  })
})
