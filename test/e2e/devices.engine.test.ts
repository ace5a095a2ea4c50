// Modules of bikes through the whole platform: telemetry in, commands out, on a real broker with real certificates.
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { forgeIdentity } from '../../demo/enrol.ts'
import { openLink } from '../../simulator/module/index.ts'
import { startBroker, type TestBroker } from '../broker.ts'
import { newModule, type RigModule } from '../rig/modules.ts'
import { booksOf, countDocuments, until } from '../rig/observe.ts'
import { openRig, type Rider, type Rig } from '../rig/platform-rig.ts'

let broker: TestBroker
let rig: Rig
let rider: Rider
const modules: RigModule[] = []

beforeAll(async () => {
  broker = await startBroker()
  rig = await openRig({
    engines: { ...inject('engines'), ...broker.env },
    services: [
      'issuer',
      'edge',
      'normalize',
      'search',
      'latest',
      'analytics',
      'ledger',
      'api',
      'gatekeeper',
      'devices',
    ],
    onProgress: () => undefined,
  })
  rider = await rig.newRider({ bikes: 6, consents: true })
})
afterEach(async () => {
  await Promise.all(modules.splice(0).map((module) => module.sleep()))
})
afterAll(async () => {
  await rig?.close()
  await broker?.stop()
})

async function moduleOf(bike: number): Promise<RigModule> {
  const bikeId = rider.bikeIds[bike] as string
  const module = await newModule(rig, { bikeId, seed: bike })
  modules.push(module)
  return module
}

const isSent = (module: RigModule) => module.module().outbox.entries().length === 0
const booksOfBike = ({ bikeId }: RigModule) => booksOf(rig, { ...rider, riderId: `bike:${bikeId}` })
const documentsOf = ({ bikeId }: RigModule) => countDocuments(rig, { ...rider, bikeIds: [bikeId] })

async function expectBooks(module: RigModule, samples: number): Promise<void> {
  const settled = async () => (await booksOfBike(module))['analytics delivered'] === samples
  await until('the books of the module settle', settled)
  expect(await booksOfBike(module)).toEqual({
    'normalize clean': samples,
    'search stored': samples,
    'latest merged': samples,
    'analytics delivered': samples,
  })
  expect(await documentsOf(module)).toBe(samples)
}

test('what a module records is stored once, whatever was recorded asleep and however it restarts', async () => {
  const module = await moduleOf(0)
  let samples = module.ride(30)
  module.wake()
  await until('the first ride is sent', async () => isSent(module))
  for (let ride = 0; ride < 5; ride++) samples += module.ride(20)
  await module.restart()
  samples += module.ride(10)
  await until('all rides are sent', async () => isSent(module))
  await expectBooks(module, samples)
})

test('a backlog that grew while the devices worker was away is drained, nothing lost and nothing double', async () => {
  const module = await moduleOf(1)
  module.wake()
  rig.services.devices.kill('SIGKILL')
  let samples = 0
  for (let ride = 0; ride < 50; ride++) samples += module.ride(20)
  await until('the broker has it', async () => isSent(module))
  expect(await booksOfBike(module)).toEqual({})
  await rig.services.devices.restart()
  await expectBooks(module, samples)
})

test('a stranger with the name of a module is refused, and the broker stays up for the module', async () => {
  const module = await moduleOf(2)
  const stranger = await forgeIdentity(module.identity)
  const link = openLink({
    url: broker.mqttUrl,
    identity: stranger,
    commandsTopic: `bikes/${module.bikeId}/commands`,
    onCommand: () => undefined,
  })
  await expect(link).rejects.toThrow()
  const samples = module.ride(10)
  module.wake()
  await expectBooks(module, samples)
})
