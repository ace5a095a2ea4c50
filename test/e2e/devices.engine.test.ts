// Modules of bikes through the whole platform: telemetry in, commands out, on a real broker with real certificates.
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { createDeviceStore } from '../../core/engines/postgres/devices/device-store.ts'
import { openLink } from '../../simulator/module/index.ts'
import { startBroker, type TestBroker } from '../../testkit/broker.ts'
import { forgeIdentity } from '../../testkit/enrol.ts'
import { requestCommand, statesUntil } from '../../testkit/platform/commands.ts'
import { hasTools, runShell, shellBlocks, startShell } from '../../testkit/platform/guide.ts'
import { newModule, type RigModule } from '../../testkit/platform/modules.ts'
import { booksOf, countDocuments, until, untilBooked } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'

let broker: TestBroker
let platform: TestPlatform
let rider: Rider
const modules: RigModule[] = []

beforeAll(async () => {
  broker = await startBroker()
  platform = await openTestPlatform({
    engines: { ...inject('engines'), ...broker.env },
    onProgress: () => undefined,
  })
  rider = await platform.newRider({ bikes: 10, consents: true })
})
afterEach(async () => {
  await Promise.all(modules.splice(0).map((module) => module.sleep()))
})
afterAll(async () => {
  await platform?.close()
  await broker?.stop()
})

async function moduleOf(bike: number): Promise<RigModule> {
  const bikeId = rider.bikeIds[bike] as string
  const module = await newModule(platform, { bikeId, seed: bike })
  modules.push(module)
  return module
}

const isSent = (module: RigModule) => module.module().outbox.entries().length === 0
const sender = ({ bikeId }: RigModule) => ({ ...rider, riderId: `bike:${bikeId}` })
const booksOfBike = (module: RigModule) => booksOf(platform, sender(module))
const documentsOf = ({ bikeId }: RigModule) => countDocuments(platform, { ...rider, bikeIds: [bikeId] })

async function expectBooks(module: RigModule, samples: number): Promise<void> {
  const books = {
    'normalize clean': samples,
    'search stored': samples,
    'latest merged': samples,
    'analytics delivered': samples,
  }
  await untilBooked(platform, sender(module), { books })
  expect(await booksOfBike(module)).toEqual(books)
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
  platform.services.devices.kill('SIGKILL')
  let samples = 0
  for (let ride = 0; ride < 50; ride++) samples += module.ride(20)
  await until('the broker has it', async () => isSent(module))
  expect(await booksOfBike(module)).toEqual({})
  await platform.services.devices.restart()
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

test('the broker is killed and comes back: so does the module, by itself, with all it recorded', async () => {
  const module = await moduleOf(3)
  module.wake()
  let samples = module.ride(20)
  await until('it is sent', async () => isSent(module))
  await broker.kill()
  for (let ride = 0; ride < 5; ride++) samples += module.ride(20)
  await broker.restart()
  await expectBooks(module, samples)
})

test('a full queue refuses, the module keeps what it has, and nothing is lost when there is room again', async () => {
  const module = await moduleOf(8)
  module.wake()
  await until('it is online', async () => module.isOnline())
  platform.services.devices.kill('SIGKILL')
  await setPolicy({
    pattern: '^telemetry',
    priority: 10,
    definition: { 'max-length': 1, overflow: 'reject-publish' },
  })
  let samples = 0
  const refused = async () => {
    samples += module.ride(5)
    return !module.isOnline() && !isSent(module)
  }
  await until('the broker refuses', refused, { everyMs: 300 })
  await setPolicy(undefined)
  await platform.services.devices.restart()
  await expectBooks(module, samples)
})

/** Above the platform's own policies, or none. */
async function setPolicy(policy: object | undefined): Promise<void> {
  const { origin, username, password } = new URL(broker.managementUrl)
  const response = await fetch(`${origin}/api/policies/%2F/test`, {
    method: policy ? 'PUT' : 'DELETE',
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(policy && { body: JSON.stringify(policy) }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`no policy: ${response.status} ${await response.text()}`)
}

const obeyed = ({ commands }: RigModule) => commands.filter(({ action }) => action !== undefined)
const fullLife = ['queued', 'sent', 'acknowledged', 'executed']

/** A module that the broker knows, and that sleeps. */
async function sleeper(bike: number): Promise<RigModule> {
  const module = await moduleOf(bike)
  module.wake()
  await until('it is online', async () => module.isOnline())
  await module.sleep()
  await until('the platform knows that it sleeps', async () => {
    const gone = await platform.sql`
      select from device_presence where device_id = ${module.identity.deviceId} and not online`
    return gone.length === 1
  })
  return module
}

test('commands to a bike that sleeps are executed once, in order, when it wakes up', async () => {
  const module = await sleeper(4)
  const { bikeId } = module
  const requested = []
  for (const level of [1, 2, 3]) {
    requested.push(await requestCommand(platform, rider, { bikeId, kind: 'assist_limit', level, ttlS: 60 }))
    if (level === 2) {
      platform.services.commands.kill('SIGKILL')
      await platform.services.commands.restart()
    }
  }
  // They wait in the platform: nobody knows whose the bike is when it wakes up.
  for (const command of requested) {
    expect(await statesUntil(platform, rider, { ...command, state: 'queued' })).toEqual(['queued'])
  }
  expect(obeyed(module)).toEqual([])
  module.wake()
  for (const command of requested) {
    expect(await statesUntil(platform, rider, { ...command, state: 'executed' })).toEqual(fullLife)
  }
  await module.restart()
  const ids = requested.map(({ commandId }) => commandId)
  expect(obeyed(module).map(({ commandId }) => commandId)).toEqual(ids)
  expect(module.module().state().assistLimit).toBe(3)
})

test('a command whose time passes while the bike sleeps expires, and the bike never obeys', async () => {
  const module = await sleeper(5)
  const { bikeId } = module
  const late = await requestCommand(platform, rider, { bikeId, kind: 'lock', ttlS: 1 })
  const states = await statesUntil(platform, rider, { ...late, state: 'expired' })
  expect(states).not.toContain('executed')
  module.wake()
  // A later one is the proof that the earlier one does not come any more.
  const next = await requestCommand(platform, rider, { bikeId, kind: 'light', on: true, ttlS: 60 })
  await statesUntil(platform, rider, { ...next, state: 'executed' })
  expect(obeyed(module).map(({ action }) => action)).toEqual(['light'])
  expect(await statesUntil(platform, rider, { ...late, state: 'expired' })).toEqual(states)
})

test('riders see whether their bike is online', async () => {
  const module = await sleeper(6)
  const online = async () => {
    const latest = await platform.read(rider, `/v1/bikes/${module.bikeId}/latest`)
    return (latest as { presence: { online: boolean } | null }).presence?.online
  }
  await until('it is offline', async () => (await online()) === false)
  module.wake()
  await until('it is online', async () => (await online()) === true)
})

test('a revoked module loses its connection', async () => {
  const module = await moduleOf(7)
  module.wake()
  await until('it is online', async () => module.isOnline())
  await createDeviceStore(platform.sql).revoke(module.identity.deviceId, 'stolen')
  await until('it is thrown out', async () => !module.isOnline())
})

test.skipIf(!hasTools('mosquitto_pub', 'openssl', 'xxd', 'curl'))(
  'the guide for firmware developers works as it is written',
  async () => {
    const blocks = shellBlocks('docs/devices.md', 'Try it with mosquitto')
    expect(blocks).toHaveLength(5)
    const printed = await runShell(
      `${blocks.join('\n')}\necho; echo "$BIKE $DEVICE $DIR $TOKEN"`,
      platform.env as Readonly<Record<string, string>>,
    )
    expect(printed).toContain('"state_of_charge_pct":81.4')
    expect(printed).toContain('"light":{"on":true}')
    expect(printed).toContain('"state":"executed"')
    const [BIKE = '', DEVICE = '', DIR = '', token = ''] = printed.trim().split('\n').at(-1)?.split(' ') ?? []
    const [script = ''] = shellBlocks('docs/devices.md', 'Try it with mqtt.js')
    const module = startShell(script, { ...(platform.env as Record<string, string>), BIKE, DEVICE, DIR })
    try {
      const owner = { riderId: 'rider-demo', bikeIds: [BIKE], token }
      const light = { bikeId: BIKE, kind: 'light', on: true, ttlS: 60 }
      const command = await requestCommand(platform, owner, light)
      expect(await statesUntil(platform, owner, { ...command, state: 'executed' })).toEqual(fullLife)
      await until('it reports', async () => (await countDocuments(platform, owner)) > 4)
    } finally {
      module.kill('SIGKILL')
    }
  },
)
