// Commands on a real broker: what a bike gets, in which order, how often, and what the history says.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CommandStage } from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { createCommandStore } from '../../engines/postgres/devices/command-store.ts'
import { createBikeChanges } from '../../engines/postgres/fleet/bike-changes.ts'
import type { TestModule } from '../gatekeeper/testing/modules.ts'
import {
  type CommandReader,
  type CommandRecord,
  type CommandRequests,
  maxUnfinished,
  type NewCommand,
} from './port.ts'
import { createCommandQueue } from './queue.ts'
import { type CommandEnvironment, startCommandEnvironment } from './testing/environment.ts'

const { ACKNOWLEDGED, EXECUTED } = CommandStage
const patience = { interval: 50 }

let environment: CommandEnvironment
let store: CommandRequests & CommandReader
let worker: Awaited<ReturnType<CommandEnvironment['start']>>
beforeAll(async () => {
  environment = await startCommandEnvironment()
  const commands = createCommandStore(environment.sql)
  store = { ...commands, ...createCommandQueue(commands) }
  await environment.start('presence')
  worker = await environment.start('commands')
})
afterAll(() => environment?.close())

const asked = (bikeId: string, riderId: string): NewCommand => ({
  ...{ bikeId, requestedBy: `rider:${riderId}`, idempotencyKey: randomUUID() },
  ...{ action: { kind: 'unlock' }, ttlS: 60 },
})

async function request(bikeId: string, ttlS = 60): Promise<CommandRecord> {
  const outcome = await store.request({ ...asked(bikeId, 'anna'), ttlS })
  if (outcome.outcome !== 'queued') throw new Error(outcome.outcome)
  return outcome.command
}
/** The module opens its session and goes to sleep again, and the platform knows. */
async function visit(module: TestModule): Promise<void> {
  await (await environment.wake(module)).sleep()
  const isGone = () => environment.sql`
    select from device_presence where device_id = ${module.deviceId} and not online`
  await expect.poll(async () => (await isGone()).length, patience).toBe(1)
}
const statesOf = async ({ bikeId, commandId }: CommandRecord) =>
  (await store.find(bikeId, commandId))?.history.map(({ state }) => state)
const eventually = (command: CommandRecord, states: string[]) =>
  expect.poll(() => statesOf(command), patience).toEqual(states)
const ids = (commands: readonly CommandRecord[]) => commands.map(({ commandId }) => commandId)

test('a bike that is awake obeys at once, and only its own word counts as delivery', async () => {
  const module = await environment.module()
  const awake = await environment.wake(module)
  const command = await request(module.bikeId)
  await eventually(command, ['queued', 'sent'])
  expect((await store.find(module.bikeId, command.commandId))?.history[1]?.detail).toBe(
    'signed, but a module of the bike obeys without verifying that',
  )
  await expect.poll(() => awake.received, patience).toEqual([command.commandId])
  await awake.answer(command.commandId, ACKNOWLEDGED)
  await eventually(command, ['queued', 'sent', 'acknowledged'])
  await awake.answer(command.commandId, EXECUTED)
  await eventually(command, ['queued', 'sent', 'acknowledged', 'executed'])
})

test('a bike that was never there gets its commands, in order, on its first visit', async () => {
  const module = await environment.module()
  const first = await request(module.bikeId)
  const commands = [first, await request(module.bikeId), await request(module.bikeId)]
  const tried = () =>
    environment.sql`select state, attempts > 2 as often from commands where command_id = ${first.commandId}`
  await expect.poll(async () => (await tried())[0], patience).toEqual({ state: 'queued', often: true })
  const awake = await environment.wake(module)
  await expect.poll(() => awake.received, patience).toEqual(ids(commands))
})

test('a sleeping bike gets what is still valid when it comes back; what is past expires and never comes', async () => {
  const module = await environment.module()
  await visit(module)
  const [valid, past, alsoValid] = [
    await request(module.bikeId),
    await request(module.bikeId, 1),
    await request(module.bikeId),
  ]
  await eventually(past, ['queued', 'expired'])
  expect(await statesOf(valid)).toEqual(['queued'])
  expect(await environment.waitingOnBroker(module)).toBe(0)
  const awake = await environment.wake(module)
  await expect.poll(() => awake.received, patience).toEqual(ids([valid, alsoValid]))
  await awake.answer(valid.commandId, EXECUTED)
  await eventually(valid, ['queued', 'sent', 'executed'])
  expect(await statesOf(past)).toEqual(['queued', 'expired'])
})

test('a command that was handed over and did not get there waits on the broker for a short time', async () => {
  const module = await environment.module()
  const tunnel = await environment.wake(module)
  tunnel.stall()
  const command = await request(module.bikeId)
  await eventually(command, ['queued', 'sent'])
  tunnel.breakOff()
  await expect.poll(() => environment.waitingOnBroker(module), patience).toBe(1)
  const awake = await environment.wake(module)
  await expect.poll(() => awake.received, patience).toEqual([command.commandId])
})

test('a command that the broker dropped meanwhile is handed over again when the bike comes back', async () => {
  const module = await environment.module()
  const tunnel = await environment.wake(module)
  tunnel.stall()
  const command = await request(module.bikeId, 600)
  await eventually(command, ['queued', 'sent'])
  tunnel.breakOff()
  await expect.poll(() => environment.waitingOnBroker(module), patience).toBe(0)
  const awake = await environment.wake(module)
  await expect.poll(() => awake.received, patience).toEqual([command.commandId])
  expect(await statesOf(command)).toEqual(['queued', 'sent'])
})

const isSettled = async (bikeId: string) => {
  const rows = await environment.sql`select from command_purges where bike_id = ${bikeId}`
  return rows.length === 0
}

test('50 commands for a sleeping bike die when it is sold: it obeys none at the buyer’s, who commands it at once', async () => {
  const module = await environment.module()
  await visit(module)
  const unlocks: CommandRecord[] = []
  for (let n = 0; n < maxUnfinished.rider; n++) unlocks.push(await request(module.bikeId, 86_400))
  await environment.sell(module.bikeId, 'ben')
  expect(await store.request(asked(module.bikeId, 'anna'))).toEqual({ outcome: 'not_owner' })
  const own = await store.request(asked(module.bikeId, 'ben'))
  if (own.outcome !== 'queued') throw new Error(own.outcome)
  await expect.poll(() => isSettled(module.bikeId), patience).toBe(true)
  const awake = await environment.wake(module)
  await expect.poll(() => awake.received, patience).toEqual([own.command.commandId])
  for (const each of unlocks) expect(await statesOf(each)).toEqual(['queued', 'failed'])
  const [first] = unlocks as [CommandRecord]
  expect((await store.find(module.bikeId, first.commandId))?.history.at(-1)?.detail).toBe(
    'the bike has another owner',
  )
})

test('commands on their way when a bike is sold are purged, and only then the new owner is published', async () => {
  const module = await environment.module()
  const { bikeId } = module
  const changes = createBikeChanges(environment.sql)
  const isPublishable = async () => (await changes.waiting(1_000)).some((bike) => bike.bikeId === bikeId)
  const tunnel = await environment.wake(module)
  tunnel.stall()
  const unlocks = [await request(bikeId), await request(bikeId)]
  for (const each of unlocks) await eventually(each, ['queued', 'sent'])
  worker.kill('SIGKILL')
  await worker.ended
  await environment.sell(bikeId, 'ben')
  expect(await isPublishable()).toBe(false)
  worker = await environment.start('commands')
  await expect.poll(() => isSettled(bikeId), patience).toBe(true)
  expect(await isPublishable()).toBe(true)
  expect(await environment.waitingOnBroker(module)).toBe(0)
  const awake = await environment.wake(module)
  const own = await store.request(asked(bikeId, 'ben'))
  if (own.outcome !== 'queued') throw new Error(own.outcome)
  await expect.poll(() => awake.received, patience).toEqual([own.command.commandId])
  // The bike reports a command that has ended: its history notes that.
  await awake.answer(unlocks[0]?.commandId ?? '', EXECUTED)
  await eventually(unlocks[0] as CommandRecord, ['queued', 'sent', 'failed', 'failed'])
})

test('commands of a disputed bike end, and are refused until it is decided', async () => {
  const module = await environment.module()
  const waiting = await request(module.bikeId)
  const caseId = await environment.openCase(module.bikeId)
  expect(await statesOf(waiting)).toEqual(['queued', 'failed'])
  expect(await store.request(asked(module.bikeId, 'anna'))).toEqual({ outcome: 'contested' })
  // Whoever connects before is cut off once more, and a command that was on its way then comes half a minute later.
  await expect.poll(() => isSettled(module.bikeId), patience).toBe(true)
  const awake = await environment.wake(module)
  await environment.dismissCase(caseId)
  const later = await request(module.bikeId)
  await expect.poll(() => awake.received, patience).toEqual([later.commandId])
})

test('a command that is on its way when a case is opened does not reach the bike any more', async () => {
  const module = await environment.module()
  const tunnel = await environment.wake(module)
  tunnel.stall()
  const unlock = await request(module.bikeId)
  await eventually(unlock, ['queued', 'sent'])
  const caseId = await environment.openCase(module.bikeId)
  expect(await statesOf(unlock)).toEqual(['queued', 'sent', 'failed'])
  expect((await store.find(module.bikeId, unlock.commandId))?.history.at(-1)?.detail).toBe(
    'it is disputed whose the bike is',
  )
  await expect.poll(() => isSettled(module.bikeId), patience).toBe(true)
  expect(await environment.waitingOnBroker(module)).toBe(0)
  const awake = await environment.wake(module)
  await environment.dismissCase(caseId)
  const later = await request(module.bikeId)
  await expect.poll(() => awake.received, patience).toEqual([later.commandId])
})

test('what is no report of the bike changes nothing, and blocks no other', async () => {
  const module = await environment.module()
  const stranger = await environment.module()
  const [awake, other] = [await environment.wake(module), await environment.wake(stranger)]
  const command = await request(module.bikeId)
  const topic = `bikes/${stranger.bikeId}/commands/${command.commandId}/ack`
  await other.client.publishAsync(topic, 'no ack', { qos: 1 })
  await other.answer(command.commandId, EXECUTED)
  await other.answer(randomUUID(), EXECUTED)
  await eventually(command, ['queued', 'sent'])
  await awake.answer(command.commandId, EXECUTED)
  await eventually(command, ['queued', 'sent', 'executed'])
})

test('commands survive kills of the process and of the broker', async () => {
  const [sleeper, newcomer] = [await environment.module(), await environment.module()]
  const before = await environment.wake(sleeper)
  const first = await request(sleeper.bikeId)
  await eventually(first, ['queued', 'sent'])
  await expect.poll(() => before.received, patience).toEqual([first.commandId])
  worker.kill('SIGKILL')
  await worker.ended
  const whileAway = [await request(sleeper.bikeId), await request(newcomer.bikeId)]
  await environment.restartBroker()
  const [awake, fresh] = [await environment.wake(sleeper), await environment.wake(newcomer)]
  // The bike's reports wait in their queue meanwhile.
  await awake.answer(first.commandId, ACKNOWLEDGED)
  await awake.answer(first.commandId, EXECUTED)
  worker = await environment.start('commands')
  await eventually(first, ['queued', 'sent', 'acknowledged', 'executed'])
  // The broker that was killed may bring the first one once more, since it has not noted that the bike has it.
  const later = () => awake.received.filter((id) => id !== first.commandId)
  await expect.poll(later, patience).toEqual([whileAway[0]?.commandId])
  await expect.poll(() => fresh.received, patience).toEqual([whileAway[1]?.commandId])
})

test('processes killed at any moment lose no command, and keep the order of each bike', async () => {
  const modules = await Promise.all([environment.module(), environment.module(), environment.module()])
  const awake = await Promise.all(modules.map((module) => environment.wake(module)))
  const commands: CommandRecord[] = []
  for (let n = 0; n < 90; n++) {
    commands.push(await request(modules[n % 3]?.bikeId ?? ''))
    if (n % 30 !== 15) continue
    worker.kill('SIGKILL')
    await worker.ended
    worker = await environment.start('commands')
  }
  for (const [n, { bikeId }] of modules.entries()) {
    const expected = ids(commands.filter((command) => command.bikeId === bikeId))
    // A repetition is the bike's to recognise; the first ones come in order.
    await expect.poll(() => [...new Set(awake[n]?.received)], patience).toEqual(expected)
  }
})
