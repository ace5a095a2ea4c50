// Presence on a real broker: who is online, and that the revoked do not stay.
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDeviceStore } from '../../engines/postgres/devices/device-store.ts'
import { presencesOf } from '../../engines/postgres/devices/presence-store.ts'
import { type CommandEnvironment, startCommandEnvironment } from '../commands/testing/environment.ts'
import type { TestModule } from '../gatekeeper/testing/modules.ts'
import { presenceOfBike } from './plan.ts'

const patience = { interval: 50 }

let environment: CommandEnvironment
let worker: Awaited<ReturnType<CommandEnvironment['start']>>
beforeAll(async () => {
  environment = await startCommandEnvironment()
  worker = await environment.start('presence')
})
afterAll(() => environment?.close())

const presenceOf = async (bikeId: string) => presenceOfBike(await presencesOf(environment.sql, [bikeId]))
const isOnline = async ({ bikeId }: TestModule) => (await presenceOf(bikeId))?.online
const eventually = (module: TestModule, online: boolean) =>
  expect.poll(() => isOnline(module), patience).toBe(online)

test('a module is online from its login to its end, also when it takes over from itself', async () => {
  const module = await environment.module()
  const first = await environment.wake(module)
  await eventually(module, true)
  const since = await presenceOf(module.bikeId)
  const second = await environment.wake(module)
  await expect.poll(() => first.client.connected, patience).toBe(false)
  await expect
    .poll(async () => (await presenceOf(module.bikeId))?.sinceMs, patience)
    .toBeGreaterThan(since?.sinceMs ?? Infinity)
  expect(await isOnline(module)).toBe(true)
  await second.sleep()
  await eventually(module, false)
})

test('what happened while the worker was away is applied afterwards', async () => {
  const [comes, goes] = [await environment.module(), await environment.module()]
  const going = await environment.wake(goes)
  await eventually(goes, true)
  worker.kill('SIGKILL')
  await worker.ended
  await going.sleep()
  await environment.wake(comes)
  worker = await environment.start('presence')
  await eventually(comes, true)
  await eventually(goes, false)
})

test('a revoked module is cut off at once, and does not come back', async () => {
  const module = await environment.module()
  const awake = await environment.wake(module)
  const neighbour = await environment.module()
  const other = await environment.wake(neighbour)
  await eventually(module, true)
  await createDeviceStore(environment.sql).revoke(module.deviceId, 'stolen')
  await expect.poll(() => awake.client.connected, patience).toBe(false)
  // The broker remembers for some seconds that the module may log in: then it is cut off again.
  await expect
    .poll(
      () =>
        environment.wake(module).then(
          () => 'in',
          () => 'refused',
        ),
      patience,
    )
    .toBe('refused')
  await expect
    .poll(
      async () =>
        (
          await environment.sql`
      select online from device_presence where device_id = ${module.deviceId}`
        )[0]?.online,
      patience,
    )
    .toBe(false)
  expect(other.client.connected).toBe(true)
})

test('a connection ends with its certificate; one by another certificate of the module goes on', async () => {
  const module = await environment.module()
  const renewed = await environment.module(module)
  const other = await environment.module()
  const [first, neighbour] = [await environment.wake(module), await environment.wake(other)]
  await eventually(module, true)
  const ends = (certificate: string) => environment.sql`
    update device_certificates set not_after = now() where serial_number = ${certificate}`
  await ends(module.certificate)
  await expect.poll(() => first.client.connected, patience).toBe(false)
  const second = await environment.wake(renewed)
  await eventually(renewed, true)
  const act = { by: 'console:test', reason: 'its key was copied' }
  await createDeviceStore(environment.sql).revokeCertificate(module.certificate, act)
  // Rounds that would have ended it, had they taken the one certificate for the other.
  await setTimeout(3_000)
  expect(second.client.connected).toBe(true)
  await createDeviceStore(environment.sql).revokeCertificate(renewed.certificate, act)
  await expect.poll(() => second.client.connected, patience).toBe(false)
  expect(neighbour.client.connected).toBe(true)
})

test('a broker that died told of no ends: who does not come back goes offline, who comes back is online', async () => {
  const [stays, gone] = [await environment.module(), await environment.module()]
  await environment.wake(stays)
  await environment.wake(gone)
  await eventually(stays, true)
  await eventually(gone, true)
  await environment.restartBroker()
  await environment.wake(stays)
  await eventually(gone, false)
  await eventually(stays, true)
})
