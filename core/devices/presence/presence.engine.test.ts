// Presence on a real broker: who is online, and that the revoked do not stay.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDeviceStore } from '../../engines/postgres/devices/device-store.ts'
import { presenceOf } from '../../engines/postgres/devices/presence-store.ts'
import { type CommandRig, startCommandRig } from '../commands/testing/rig.ts'
import type { TestModule } from '../gatekeeper/testing/modules.ts'

const patience = { timeout: 30_000, interval: 50 }

let rig: CommandRig
let worker: Awaited<ReturnType<CommandRig['start']>>
beforeAll(async () => {
  rig = await startCommandRig()
  worker = await rig.start('presence')
})
afterAll(() => rig?.close())

const isOnline = async ({ bikeId }: TestModule) => (await presenceOf(rig.sql, bikeId))?.online
const eventually = (module: TestModule, online: boolean) =>
  expect.poll(() => isOnline(module), patience).toBe(online)

test('a module is online from its login to its end, also when it takes over from itself', async () => {
  const module = await rig.module()
  const first = await rig.wake(module)
  await eventually(module, true)
  const since = await presenceOf(rig.sql, module.bikeId)
  const second = await rig.wake(module)
  await expect.poll(() => first.client.connected, patience).toBe(false)
  await expect
    .poll(async () => (await presenceOf(rig.sql, module.bikeId))?.sinceMs, patience)
    .toBeGreaterThan(since?.sinceMs ?? Infinity)
  expect(await isOnline(module)).toBe(true)
  await second.sleep()
  await eventually(module, false)
})

test('what happened while the worker was away is applied afterwards', async () => {
  const [comes, goes] = [await rig.module(), await rig.module()]
  const going = await rig.wake(goes)
  await eventually(goes, true)
  worker.kill('SIGKILL')
  await worker.ended
  await going.sleep()
  await rig.wake(comes)
  worker = await rig.start('presence')
  await eventually(comes, true)
  await eventually(goes, false)
})

test('a revoked module is cut off at once, and does not come back', async () => {
  const module = await rig.module()
  const awake = await rig.wake(module)
  const neighbour = await rig.module()
  const other = await rig.wake(neighbour)
  await eventually(module, true)
  await createDeviceStore(rig.sql).revoke(module.deviceId, 'stolen')
  await expect.poll(() => awake.client.connected, patience).toBe(false)
  // The broker remembers for some seconds that the module may log in: then it is cut off again.
  await expect
    .poll(
      () =>
        rig.wake(module).then(
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
          await rig.sql`
      select online from device_presence where device_id = ${module.deviceId}`
        )[0]?.online,
      patience,
    )
    .toBe(false)
  expect(other.client.connected).toBe(true)
})

test('a broker that died told of no ends: who does not come back goes offline, who comes back is online', async () => {
  const [stays, gone] = [await rig.module(), await rig.module()]
  await rig.wake(stays)
  await rig.wake(gone)
  await eventually(stays, true)
  await eventually(gone, true)
  await rig.restartBroker()
  await rig.wake(stays)
  await eventually(gone, false)
  await eventually(stays, true)
})
