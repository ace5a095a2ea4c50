// Settings on a real broker, with simulated modules: wished, delivered, reported, agreed; and what a change of owner ends.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LightMode } from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { createRandom } from '../../../simulator/index.ts'
import {
  createModule,
  goOnline,
  type HandledCommand,
  type OnlineModule,
} from '../../../simulator/module/index.ts'
import { createSettingsStore } from '../../engines/postgres/devices/settings-store.ts'
import { type CommandEnvironment, startCommandEnvironment } from '../commands/testing/environment.ts'
import { isPending } from './plan.ts'
import type { SettingsOfBikes, WishOutcome } from './port.ts'
import { createSettings } from './settings.ts'
import type { SettingsValues } from './values.ts'

const patience = { interval: 50 }

let environment: CommandEnvironment
let settings: SettingsOfBikes
let awake: OnlineModule[] = []
beforeAll(async () => {
  environment = await startCommandEnvironment()
  settings = createSettings(createSettingsStore(environment.sql))
  await environment.start('presence')
  await environment.start('commands')
})
afterEach(async () => {
  await Promise.all(awake.map((each) => each.sleep()))
  awake = []
})
afterAll(() => environment?.close())

/** A bike of Anna's, whose module sleeps. */
async function newBike() {
  const { bikeId, deviceId, tls } = await environment.module()
  const authority = tls.ca.toString()
  const identity = { deviceId, key: tls.key ?? '', certificate: tls.cert ?? '', authority }
  const clock = { bootId: 1, bootedAtMs: Date.now() }
  const module = createModule({ bikeId, deviceId, clock, authority })
  const commands: HandledCommand[] = []
  const wake = () => {
    const online = goOnline({
      ...{ module, url: environment.mqttUrl, identity: () => identity, random: createRandom(1) },
      onEvent: (event) => event.type === 'command' && commands.push(event),
    })
    awake.push(online)
    return online
  }
  const sleep = async (online: OnlineModule) => {
    await online.sleep()
    const isGone = () => environment.sql`
      select from device_presence where device_id = ${deviceId} and not online`
    await expect.poll(async () => (await isGone()).length, patience).toBe(1)
  }
  const wish = (values: SettingsValues, tag = '*', riderId = 'anna'): Promise<WishOutcome> =>
    settings.wish({ bikeId, riderId, values, isAbout: (current) => tag === '*' || tag === current })
  const agreed = (version: number) =>
    expect
      .poll(async () => {
        const shown = await settings.of(bikeId)
        return isPending(shown) ? 'pending' : shown.reported?.version
      }, patience)
      .toBe(version)
  const asked = () => environment.sql<{ version: number; state: string }[]>`
    select (action ->> 'version')::integer as version, state from commands
    where bike_id = ${bikeId} and action ->> 'kind' = 'settings' order by position`
  return { bikeId, module, commands, wake, sleep, wish, agreed, asked }
}

test('a wish reaches a bike that is awake, which reports what it has made of it', async () => {
  const bike = await newBike()
  bike.wake()
  expect(await bike.wish({ assistLevel: 2, maxAssistW: 400, massKg: 95 })).toMatchObject({
    outcome: 'wished',
  })
  await bike.agreed(1)
  const { desired, reported, agreedAtMs } = await settings.of(bike.bikeId)
  expect(desired?.values).toEqual({ assistLevel: 2, maxAssistW: 400, massKg: 95 })
  expect(reported?.values).toEqual({
    ...{ assistLevel: 2, maxAssistW: 250, massKg: 95 },
    ...{ lightMode: 'auto', speedUnit: 'kmh', wheelMm: 2_200 },
  })
  expect(agreedAtMs).toBe(reported?.atMs)
  expect(bike.commands).toMatchObject([{ stage: 'executed', action: 'applySettings' }])
})

test('a bike that sleeps is asked nothing, and gets only the newest version when it comes back', async () => {
  const bike = await newBike()
  await bike.sleep(bike.wake())
  for (const massKg of [80, 90, 100]) await bike.wish({ massKg })
  await expect.poll(() => environment.sql`select from bike_settings where due`, patience).toHaveLength(0)
  expect(await bike.asked()).toEqual([])
  bike.wake()
  await bike.agreed(3)
  expect(await bike.asked()).toMatchObject([{ version: 3 }])
  expect(bike.module.state().settings.values.massKg).toBe(100)
})

test('a change by hand is the new state; a wish about the state before it is refused', async () => {
  const bike = await newBike()
  const online = bike.wake()
  await bike.wish({ assistLevel: 2 })
  await bike.agreed(1)
  bike.module.changeSettings({ assistLevel: 4, lightMode: LightMode.ON })
  online.nudge()
  await expect
    .poll(async () => (await settings.of(bike.bikeId)).desired?.values, patience)
    .toMatchObject({ assistLevel: 4, lightMode: 'on' })
  expect(await bike.wish({ assistLevel: 1 }, '"1.0"')).toEqual({ outcome: 'changed' })
  expect(await bike.wish({ assistLevel: 1 }, '"1.1"')).toMatchObject({ outcome: 'wished' })
  await bike.agreed(2)
  expect(bike.module.state().settings).toMatchObject({ version: 2, values: { assistLevel: 1 } })
})

test('a change by hand that is based on an older version is undone by the newest', async () => {
  const bike = await newBike()
  const online = bike.wake()
  await bike.wish({ assistLevel: 2 })
  await bike.agreed(1)
  await bike.sleep(online)
  bike.module.changeSettings({ assistLevel: 4 })
  await bike.wish({ assistLevel: 1 })
  bike.wake()
  await bike.agreed(2)
  expect((await settings.of(bike.bikeId)).desired?.values).toEqual({ assistLevel: 1 })
  expect(bike.module.state().settings.values.assistLevel).toBe(1)
})

test('what the former owner wished never reaches a bike that was sold, and the buyer sees nothing of it', async () => {
  const bike = await newBike()
  await bike.sleep(bike.wake())
  await bike.wish({ massKg: 80 })
  await environment.sell(bike.bikeId, 'ben')
  expect(await bike.wish({ massKg: 81 })).toEqual({ outcome: 'not_owner' })
  const online = bike.wake()
  bike.module.changeSettings({ assistLevel: 4 })
  online.nudge()
  await expect.poll(() => bike.module.outbox.entries().length, patience).toBe(0)
  const { desired, reported, agreedAtMs } = await settings.of(bike.bikeId)
  expect([desired, reported, agreedAtMs]).toEqual([undefined, undefined, undefined])
  expect(await bike.wish({ assistLevel: 1 }, '*', 'ben')).toMatchObject({ outcome: 'wished' })
  await bike.agreed(3)
  expect(await bike.asked()).toMatchObject([{ version: 3 }])
  expect((await settings.of(bike.bikeId)).reported?.values).not.toHaveProperty('massKg')
})

test('settings of a disputed bike are refused', async () => {
  const bike = await newBike()
  await environment.openCase(bike.bikeId)
  expect(await bike.wish({ massKg: 80 })).toEqual({ outcome: 'contested' })
})

test('of many wishes at once about the same state one is taken', async () => {
  const bike = await newBike()
  const wishes = Array.from({ length: 8 }, (_, n) => bike.wish({ massKg: 80 + n }, '"0.0"'))
  const outcomes = (await Promise.all(wishes)).map(({ outcome }) => outcome).sort()
  expect(outcomes).toEqual([...Array.from({ length: 7 }, () => 'changed'), 'wished'])
})
