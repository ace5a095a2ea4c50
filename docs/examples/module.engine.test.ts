// The module that firmware developers copy, as a process of its own on a real broker.
import { spawn } from 'node:child_process'
import { createPrivateKey, createPublicKey, hash, randomUUID, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'amqplib'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeCommand } from '../../core/devices/commands/message.ts'
import { createCommandQueue } from '../../core/devices/commands/queue.ts'
import { signCommand } from '../../core/devices/commands/signed-command.ts'
import {
  type CommandEnvironment,
  startCommandEnvironment,
} from '../../core/devices/commands/testing/environment.ts'
import type { TestModule } from '../../core/devices/gatekeeper/testing/modules.ts'
import { createSettings } from '../../core/devices/settings/settings.ts'
import { createCommandStore } from '../../core/engines/postgres/devices/command-store.ts'
import { createSettingsStore } from '../../core/engines/postgres/devices/settings-store.ts'
import { createPublisher } from '../../core/engines/rabbitmq/publisher.ts'
import { queues } from '../../core/engines/rabbitmq/topology.ts'
import { readTrack } from '../../proto/index.ts'

const patience = { interval: 100 }

let environment: CommandEnvironment
let dir: string
let module: TestModule
let example: ReturnType<typeof spawn>
let commandsUrl: string
let said = ''

beforeAll(async () => {
  environment = await startCommandEnvironment()
  await environment.start('presence')
  commandsUrl = (await environment.start('commands')).url
  dir = await mkdtemp(join(tmpdir(), 'module-'))
  module = await environment.module()
  const files = Object.entries(module.tls).map(async ([name, pem]) => {
    await writeFile(join(dir, name), pem)
    return [`--${name}`, join(dir, name)]
  })
  const args = ['--url', environment.mqttUrl, '--bike', module.bikeId, '--device', module.deviceId]
  const file = join(import.meta.dirname, 'module.ts')
  example = spawn(process.execPath, [file, ...args, ...(await Promise.all(files)).flat()])
  for (const stream of [example.stdout, example.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
})
afterAll(async () => {
  example?.kill('SIGKILL')
  await environment?.close()
  if (dir !== undefined) await rm(dir, { recursive: true })
})

async function nextBatteryTrack() {
  const connection = await connect(environment.amqpUrl)
  try {
    const message = await (await connection.createChannel()).get(queues.battery, { noAck: true })
    return message === false ? undefined : readTrack(message.content)
  } finally {
    await connection.close()
  }
}

/** The states through which a command of the owner goes. */
async function lifeOf(action: { kind: 'light'; on: boolean } | { kind: 'unlock' }) {
  const store = createCommandStore(environment.sql)
  const { bikeId } = module
  const asked = { bikeId, requestedBy: 'rider:anna', idempotencyKey: randomUUID(), action, ttlS: 60 }
  const requested = await createCommandQueue(store).request(asked)
  if (requested.outcome !== 'queued') throw new Error(requested.outcome)
  const found = () => store.find(bikeId, requested.command.commandId)
  await expect.poll(async () => (await found())?.state, patience).toMatch(/executed|rejected|failed|expired/)
  return (await found())?.history.map(({ state }) => state)
}

/** Reports about commands that the platform never sent: a forger invented their ids. */
async function unknownReports(): Promise<number> {
  const text = await (await fetch(`${commandsUrl}/metrics`)).text()
  return Number(/commands_reports_total\{[^}]*outcome="unknown"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0)
}

test('it reports its battery, in tracks that the platform reads', async () => {
  const { bikeId, deviceId } = module
  const told = { bikeId, recorderId: deviceId, kind: 'battery', sequence: expect.any(Number) }
  await expect.poll(nextBatteryTrack, patience).toMatchObject(told)
})

test('it verifies the signature and the certificate of a command, obeys it once and answers; it rejects what it cannot do', async () => {
  expect(await lifeOf({ kind: 'light', on: true })).toEqual(['queued', 'sent', 'acknowledged', 'executed'])
  expect(said.match(/light on/g)).toHaveLength(1)
  expect(await lifeOf({ kind: 'unlock' })).toEqual(['queued', 'sent', 'acknowledged', 'rejected'])
})

test('it takes the settings that its owner wishes, and reports that it has them', async () => {
  const settings = createSettings(createSettingsStore(environment.sql))
  const { bikeId } = module
  await settings.wish({ bikeId, riderId: 'anna', values: { massKg: 95 }, isAbout: () => true })
  const reported = async () => (await settings.of(bikeId)).reported
  await expect.poll(reported, patience).toMatchObject({ version: 1, values: { massKg: 95 } })
  expect(said).toContain('settings of version 1')
})

test('it obeys nobody else: neither without a signature nor with one by another certified key; no noise ends it', async () => {
  const { bikeId, deviceId, tls } = module
  const key = createPrivateKey(tls.key ?? '')
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const chain = (tls.cert?.match(/(?<=BEGIN CERTIFICATE-----)[^-]+/g) ?? []).map(
    (base64) => new Uint8Array(Buffer.from(base64, 'base64')),
  )
  const ownKey = {
    keyId: Buffer.from(hash('sha256', spki, 'hex'), 'hex'),
    certificates: chain,
    sign: (bytes: Uint8Array) => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
  }
  const nowMs = Date.now()
  const unsigned = () =>
    encodeCommand({
      ...{ commandId: randomUUID(), bikeId, createdAtMs: nowMs, expiresAtMs: nowMs + 60_000 },
      action: { kind: 'light', on: true },
    })
  const noCertificate = { ...ownKey, certificates: [Uint8Array.of(1, 2, 3)] }
  const forged = [
    unsigned(),
    signCommand(unsigned(), [deviceId], ownKey),
    signCommand(unsigned(), [deviceId], noCertificate),
  ]
  const publisher = createPublisher({
    ...{ url: environment.amqpUrl, name: 'forger', log: pino({ level: 'silent' }) },
  })
  try {
    const noise = [Uint8Array.of(255, 255, 255), new Uint8Array()]
    const routingKey = `bikes.${bikeId}.commands`
    await publisher.publish([...noise, ...forged].map((body) => ({ routingKey, body })))
  } finally {
    await publisher.close()
  }
  await expect.poll(unknownReports, patience).toBe(forged.length)
  expect(said.match(/light on/g)).toHaveLength(1)
  expect(await lifeOf({ kind: 'light', on: false })).toEqual(['queued', 'sent', 'acknowledged', 'executed'])
})
