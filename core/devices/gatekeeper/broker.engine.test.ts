// Who gets in and what he may do there, on a real broker that asks the gatekeeper.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'amqplib'
import type { IClientOptions, MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '../../../testkit/broker.ts'
import { type CuttableProxy, startCuttableProxy } from '../../../testkit/cuttable-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { authorityFolder } from '../../../testkit/enrol.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createDeviceStore } from '../../engines/postgres/devices/device-store.ts'
import { createRefusalStore } from '../../engines/postgres/devices/refusal-store.ts'
import { createBrokerAdmin } from '../../engines/rabbitmq/index.ts'
import { initAuthority } from '../authority/ceremony.ts'
import { openRoot, validFor } from '../authority/folder.ts'
import { generateKeys, privateKeyPem, signingAlgorithm } from '../authority/keys.ts'
import { readPassphrase } from '../authority/passphrase.ts'
import { testPassphrases } from '../authority/testing/passphrases.ts'
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, X509CertificateGenerator } from '../authority/x509.ts'
import { closeConnectionsOf } from '../presence/close-connections.ts'
import type { Denial } from './access.ts'
import { type GatekeeperProcess, startGatekeeper } from './testing/gatekeeper-process.ts'
import { connectModule, type ModuleMaker, makeModule, type TestModule } from './testing/modules.ts'

const dayMs = 86_400_000
// Longer than the broker keeps an answer.
const patience = { interval: 200 }

let database: TestDatabase
let sql: Sql
let proxy: CuttableProxy
let broker: TestBroker
let gatekeeper: GatekeeperProcess
let maker: ModuleMaker
beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
  const databaseUrl = new URL(database.url)
  proxy = await startCuttableProxy({ host: databaseUrl.hostname, port: Number(databaseUrl.port) })
  databaseUrl.port = String(proxy.port)
  broker = await startBroker()
  const { GATEKEEPER_URL = '' } = broker.env
  gatekeeper = await startGatekeeper({ gatekeeperUrl: GATEKEEPER_URL, databaseUrl: databaseUrl.href })
  maker = {
    mqttUrl: broker.mqttUrl,
    authority: await authorityFolder(broker.env),
    store: createDeviceStore(sql),
  }
})
afterAll(async () => {
  await gatekeeper?.end('SIGTERM')
  await broker?.stop()
  await proxy.close()
  await database.drop()
})

const open: MqttClient[] = []
afterEach(() => {
  for (const client of open.splice(0)) client.end(true)
})
async function online(module: TestModule, more?: IClientOptions): Promise<MqttClient> {
  const client = await connectModule(maker, module, more)
  open.push(client)
  return client
}
/** `connected`, or in what words it was refused. */
async function attempt(module: TestModule, more?: IClientOptions): Promise<string> {
  try {
    const client = await connectModule(maker, module, more)
    await client.endAsync(true)
    return 'connected'
  } catch (error) {
    return (error as Error).message
  }
}
const closed = (client: MqttClient) => expect.poll(() => client.connected, patience).toBe(false)
const newDenials = (verdict: Denial, before: number) =>
  expect.poll(() => gatekeeper.denials(verdict), patience).toBeGreaterThan(before)
const ride = ({ bikeId }: TestModule) => `bikes/${bikeId}/telemetry/ride`

/** All that the queue of rides holds, as text, in its order; the queue is empty afterwards. */
async function rides(): Promise<string[]> {
  const connection = await connect(broker.amqpUrl)
  const channel = await connection.createChannel()
  const found: string[] = []
  for (let at = 0; at < 1_000; at++) {
    const message = await channel.get('telemetry.ride', { noAck: true })
    if (message === false) break
    found.push(message.content.toString())
  }
  await connection.close()
  return found
}

test('a module with its certificate is let in and reports', async () => {
  const module = await makeModule(maker)
  const client = await online(module)
  await client.subscribeAsync(`bikes/${module.bikeId}/commands`, { qos: 1 })
  await client.publishAsync(ride(module), 'mine', { qos: 1 })
  expect(await rides()).toEqual(['mine'])
})

test.each([
  ['no certificate', 'certificate required', async (module: TestModule) => without(module)],
  ["another authority's certificate", 'unknown ca', signedElsewhere],
  ['an expired certificate', 'certificate expired', (of: TestModule) => renewed(of, { days: 1, ago: 2 })],
  ['a certificate of the future', 'certificate expired', (of: TestModule) => renewed(of, { ago: -2 })],
  ["the broker's own certificate", 'handshake failure', asTheBroker],
] as const)('%s is refused in the handshake', async (_, alert, disguise) => {
  const module = await makeModule(maker)
  expect(await attempt(await disguise(module))).toContain(alert)
  expect(await attempt(module)).toBe('connected')
})

const without = (module: TestModule): TestModule => ({ ...module, tls: { ca: module.tls.ca } })
const renewed = (module: TestModule, { days = 30, ago }: { days?: number; ago: number }) =>
  makeModule(maker, { renewalOf: module, days, nowMs: Date.now() - ago * dayMs })
async function signedElsewhere(module: TestModule): Promise<TestModule> {
  const dir = await mkdtemp(join(tmpdir(), 'authority-'))
  const other = { dir, passphrases: testPassphrases }
  await initAuthority({ ...other, hosts: ['localhost'] })
  const foreign = await makeModule(maker, { renewalOf: module, signedIn: other })
  await rm(dir, { recursive: true })
  return foreign
}
async function asTheBroker(module: TestModule): Promise<TestModule> {
  const file = (name: string) => readFile(join(maker.authority.dir, name), 'utf8')
  return {
    ...module,
    tls: { ...module.tls, cert: await file('server.pem'), key: await file('server-key.pem') },
  }
}

test('after a renewal both certificates are good', async () => {
  const module = await makeModule(maker)
  const again = await makeModule(maker, { renewalOf: module })
  expect([await attempt(module), await attempt(again)]).toEqual(['connected', 'connected'])
})

test('a certificate of a device that nobody enrolled is refused, and accepted once it is', async () => {
  const module = await makeModule(maker)
  const { deviceId, bikeId } = module
  const [kept] = await sql`delete from device_certificates where device_id = ${deviceId} returning *`
  await sql`delete from devices where device_id = ${deviceId}`
  expect(await attempt(module)).toContain('Bad username or password')
  await sql`insert into devices (device_id, bike_id) values (${deviceId}, ${bikeId})`
  // A certificate that the registry does not know was issued by nobody who may.
  await expect.poll(() => attempt(module), patience).toContain('Bad username or password')
  await sql`insert into device_certificates ${sql(kept ?? {})}`
  expect(await attempt(module)).toBe('connected')
})

test('a revoked device is refused when it comes again, and its open connection can be ended', async () => {
  const module = await makeModule(maker)
  const client = await online(module)
  await maker.store.revoke(module.deviceId, 'stolen')
  const admin = createBrokerAdmin({ managementUrl: broker.managementUrl })
  await expect.poll(() => closeConnectionsOf(admin, module, 'revoked'), patience).toBeGreaterThanOrEqual(1)
  await closed(client)
  await expect.poll(() => attempt(module), patience).toContain('Bad username or password')
  expect(await attempt(await makeModule(maker))).toBe('connected')
})

test('a revoked certificate gets nobody in; the renewed one of the same module does', async () => {
  const module = await makeModule(maker)
  const again = await makeModule(maker, { renewalOf: module })
  const act = { by: 'console:test', reason: 'its key was copied' }
  expect(await maker.store.revokeCertificate(module.certificate, act)).toBe('revoked')
  expect(await maker.store.revokeCertificate(module.certificate, act)).toBe('revoked_before')
  expect(await maker.store.revokeCertificate('00', act)).toBe('certificate_unknown')
  const before = await gatekeeper.denials('certificate_revoked')
  expect(await attempt(module)).toContain('Bad username or password')
  expect(await attempt(again)).toBe('connected')
  await newDenials('certificate_revoked', before)
})

test('a certificate that the root itself signed, before it had authorities, lets its module in until it ends', async () => {
  const module = await formerModule({ days: 30 })
  expect(await attempt(module)).toBe('connected')
  await sql`update device_certificates set not_after = now() where device_id = ${module.deviceId}`
  const before = await gatekeeper.denials('certificate_ended')
  await expect.poll(() => attempt(module), patience).toContain('Bad username or password')
  await newDenials('certificate_ended', before)
  // Its renewal comes from the authority for devices.
  expect(await attempt(await makeModule(maker, { renewalOf: module }))).toBe('connected')
})

/** As an earlier version enrolled it: its certificate says its device alone. */
async function formerModule({ days }: { days: number }): Promise<TestModule> {
  const module = await makeModule(maker)
  const root = await openRoot({
    dir: maker.authority.dir,
    passphrases: { root: await readPassphrase(broker.env.DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE ?? '') },
  })
  const keys = await generateKeys()
  const certificate = await X509CertificateGenerator.create({
    ...{ subject: `CN=${module.deviceId}`, issuer: root.certificate.subject, publicKey: keys.publicKey },
    ...{ signingKey: root.privateKey, signingAlgorithm, ...validFor(days, Date.now()) },
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
  })
  await sql`
    update device_certificates set serial_number = ${certificate.serialNumber}, issuer = null
    where device_id = ${module.deviceId}`
  return {
    ...module,
    tls: { ...module.tls, key: await privateKeyPem(keys), cert: certificate.toString('pem') },
  }
}

test("a module gets in under its own name only, and the other's connection does not notice", async () => {
  const [a, b] = [await makeModule(maker), await makeModule(maker)]
  const victim = await online(b)
  expect(await attempt(a, { clientId: b.deviceId })).toContain('Not authorized')
  for (const password of ['', 'guessed']) {
    const pretended = { username: b.deviceId, password, clientId: b.deviceId }
    expect(await attempt(a, pretended)).toContain('Bad username or password')
  }
  await victim.publishAsync(ride(b), 'still here', { qos: 1 })
  expect(await rides()).toEqual(['still here'])
})

test('a device has no business with AMQP', async () => {
  const { deviceId } = await makeModule(maker)
  for (const password of ['', 'guessed']) {
    const url = new URL(broker.amqpUrl)
    Object.assign(url, { username: deviceId, password })
    await expect(connect(url.href)).rejects.toThrow('ACCESS')
  }
})

test.each([0, 1] as const)('bike A cannot publish as bike B, quality of service %i', async (qos) => {
  const [a, b] = [await makeModule(maker), await makeModule(maker)]
  const intruder = await online(a)
  const before = await gatekeeper.denials('topic')
  // The broker has no word for this refusal in MQTT 3.1.1: it closes.
  intruder.publish(ride(b), 'forged', { qos, retain: true })
  await closed(intruder)
  await newDenials('topic', before)
  const wanted = `write ${ride(b).replaceAll('/', '.')}`
  await expect
    .poll(() => createRefusalStore(sql).ofBike(a.bikeId), patience)
    .toMatchObject([{ deviceId: a.deviceId, question: 'topic', reason: 'topic', wanted }])
  await (await online(b)).publishAsync(ride(b), 'true', { qos: 1 })
  expect(await rides()).toEqual(['true'])
})

test("bike A's last will does not speak for bike B", async () => {
  const [a, b] = [await makeModule(maker), await makeModule(maker)]
  const before = await gatekeeper.denials('topic')
  const intruder = await online(a, { will: { topic: ride(b), payload: Buffer.from('forged'), qos: 1 } })
  intruder.stream.destroy()
  await newDenials('topic', before)
  await (await online(b)).publishAsync(ride(b), 'true', { qos: 1 })
  expect(await rides()).toEqual(['true'])
})

test.each<[string, (of: TestModule) => string]>([
  ["another bike's commands", ({ bikeId }) => `bikes/${bikeId}/commands`],
  ["every bike's commands", () => 'bikes/+/commands'],
  ['everything', () => '#'],
  ["another bike's telemetry", ride],
])('a module cannot subscribe to %s', async (_, topicOf) => {
  const [a, b] = [await makeModule(maker), await makeModule(maker)]
  const intruder = await online(a)
  const heard: string[] = []
  intruder.on('message', (topic) => heard.push(topic))
  const before = await gatekeeper.denials('topic')
  intruder.subscribe(topicOf(b), { qos: 1 })
  await closed(intruder)
  await newDenials('topic', before)
  await (await online(b)).publishAsync(ride(b), 'true', { qos: 1 })
  expect(await rides()).toEqual(['true'])
  expect(heard).toEqual([])
})

test('a question may come by GET; one that lacks a field, or is too long, gets no decision', async () => {
  const { deviceId, certificate } = await makeModule(maker)
  const { GATEKEEPER_URL } = broker.env
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${GATEKEEPER_URL}${path}`, init)
    return [response.status, await response.text()]
  }
  expect(await ask(`/user?username=SERIALNUMBER=${certificate},CN=${deviceId}`)).toEqual([200, 'allow'])
  expect(await ask(`/user?username=${deviceId}`)).toEqual([200, 'deny'])
  expect(await ask('/user?username=mobility')).toEqual([200, 'deny'])
  expect(await ask(`/vhost?username=${deviceId}`)).toMatchObject([400, expect.anything()])
  // Its connection is closed before its body is read: nobody else may come by that one.
  const tooLong = { method: 'POST', body: 'x'.repeat(300_000), headers: { connection: 'close' } }
  expect(await ask('/topic', tooLong)).toMatchObject([413, expect.anything()])
})

test('without the registry nobody new gets in, readiness says so, and all is well at once afterwards', async () => {
  const module = await makeModule(maker)
  await proxy.cut()
  expect(await attempt(module)).not.toBe('connected')
  const away = { status: 503, text: expect.stringContaining('PostgreSQL') }
  await expect.poll(() => gatekeeper.ready(), patience).toMatchObject(away)
  await proxy.mend()
  await expect.poll(() => attempt(module), patience).toBe('connected')
  await expect.poll(() => gatekeeper.ready(), patience).toMatchObject({ status: 200 })
})
