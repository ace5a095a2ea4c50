// Commands on a real broker: what a bike gets, in which order, how often, and what the history says.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CommandStage } from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { createCommandStore } from '../../engines/postgres/devices/command-store.ts'
import type { CommandReader, CommandRecord, CommandRequests } from './port.ts'
import { createCommandQueue } from './queue.ts'
import { type CommandEnvironment, startCommandEnvironment } from './testing/environment.ts'

const { ACKNOWLEDGED, EXECUTED } = CommandStage
const patience = { timeout: 30_000, interval: 50 }

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

async function request(bikeId: string, ttlS = 60): Promise<CommandRecord> {
  const fields = {
    requestedBy: 'rider:anna',
    idempotencyKey: randomUUID(),
    action: { kind: 'lock' as const },
  }
  const outcome = await store.request({ bikeId, ttlS, ...fields })
  if (outcome.outcome !== 'queued') throw new Error(outcome.outcome)
  return outcome.command
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
  await (await environment.wake(module)).sleep()
  const [valid, past, alsoValid] = [
    await request(module.bikeId),
    await request(module.bikeId, 1),
    await request(module.bikeId),
  ]
  await eventually(past, ['queued', 'sent', 'expired'])
  expect(await statesOf(valid)).toEqual(['queued', 'sent'])
  const awake = await environment.wake(module)
  await expect.poll(() => awake.received, patience).toEqual(ids([valid, alsoValid]))
  await awake.answer(valid.commandId, EXECUTED)
  await eventually(valid, ['queued', 'sent', 'executed'])
  expect(await statesOf(past)).toEqual(['queued', 'sent', 'expired'])
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
  await (await environment.wake(sleeper)).sleep()
  const first = await request(sleeper.bikeId)
  await eventually(first, ['queued', 'sent'])
  worker.kill('SIGKILL')
  await worker.ended
  const whileAway = [await request(sleeper.bikeId), await request(newcomer.bikeId)]
  await environment.restartBroker()
  const [awake, fresh] = [await environment.wake(sleeper), await environment.wake(newcomer)]
  await expect.poll(() => awake.received, patience).toEqual([first.commandId])
  // What the bike reports meanwhile waits in its queue.
  await awake.answer(first.commandId, ACKNOWLEDGED)
  await awake.answer(first.commandId, EXECUTED)
  worker = await environment.start('commands')
  await eventually(first, ['queued', 'sent', 'acknowledged', 'executed'])
  await expect.poll(() => awake.received, patience).toEqual(ids([first, whileAway[0] as CommandRecord]))
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
