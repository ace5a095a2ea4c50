import { randomUUID, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createDeviceStore } from '../../engines/postgres/devices/device-store.ts'
import { type Authority, type Certification, createAuthority } from './authority.ts'
import { initAuthority } from './ceremony.ts'
import { openAuthority } from './folder.ts'
import { generateKeys } from './keys.ts'
import type { DeviceStore } from './port.ts'
import { createRequest } from './requests.ts'
import { testPassphrases as passphrases } from './testing/passphrases.ts'

const dayMs = 86_400_000

let database: TestDatabase
let sql: Sql
let dir: string
let store: DeviceStore
let authority: Authority
beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
  dir = await mkdtemp(join(tmpdir(), 'authority-'))
  await initAuthority({ dir, passphrases, hosts: ['localhost'] })
  store = createDeviceStore(sql)
  authority = createAuthority({ signer: await openAuthority({ dir, passphrases }), store })
})
afterAll(async () => {
  await database.drop()
  await rm(dir, { recursive: true })
})

const newRequest = async () => createRequest(await generateKeys(), 'whatever the module calls itself')
const asking = async (more: object = {}) => ({
  deviceId: randomUUID(),
  bikeId: randomUUID(),
  requestPem: await newRequest(),
  days: 30,
  ...more,
})
function certificateOf(answer: Certification): X509Certificate {
  if (answer.outcome !== 'issued') throw new Error(answer.detail)
  return new X509Certificate(answer.certificate.pem)
}

test('a certificate carries the device id, whatever its request asked for, and serves clients only', async () => {
  const asked = await asking()
  const certificate = certificateOf(await authority.enrol(asked))
  const root = new X509Certificate(await readFile(join(dir, 'ca.pem')))
  const devices = new X509Certificate(await readFile(join(dir, 'devices.pem')))
  // The certificate's own number is in the name that it gives: so the gatekeeper knows which one a connection uses.
  expect(certificate.subject).toBe(
    `CN=${asked.deviceId}\nserialNumber=${certificate.serialNumber.toLowerCase()}`,
  )
  expect(certificate.verify(devices.publicKey)).toBe(true)
  expect(devices.verify(root.publicKey)).toBe(true)
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  expect(certificate.ca).toBe(false)
  expect(await store.find(asked.deviceId)).toEqual({ bikeId: asked.bikeId, revoked: false })
})

test('renewal gives a further certificate to the same device, and the one before still holds', async () => {
  const asked = await asking()
  const first = certificateOf(await authority.enrol(asked))
  const nowMs = Date.now() + 25 * dayMs
  const second = certificateOf(await authority.renew({ ...asked, requestPem: await newRequest(), nowMs }))
  expect(second.subject.split('\n')[0]).toBe(first.subject.split('\n')[0])
  expect(second.serialNumber).not.toBe(first.serialNumber)
  expect(Date.parse(second.validFrom)).toBeLessThan(Date.parse(first.validTo))
  expect(Date.parse(second.validTo)).toBeGreaterThan(Date.parse(first.validTo))
})

test('a key is certified once', async () => {
  const asked = await asking()
  await authority.enrol(asked)
  const again = { outcome: 'refused', reason: 'key_known' }
  expect(await authority.renew(asked)).toMatchObject(again)
  const other = { ...asked, deviceId: randomUUID() }
  expect(await authority.enrol(other)).toMatchObject(again)
  expect(await store.find(other.deviceId)).toBeUndefined()
})

test('a device is enrolled once, and never moves to another bike', async () => {
  const asked = await asking()
  await authority.enrol(asked)
  const moved = await asking({ deviceId: asked.deviceId })
  expect(await authority.enrol(moved)).toMatchObject({ outcome: 'refused', reason: 'device_known' })
  expect(await store.find(asked.deviceId)).toEqual({ bikeId: asked.bikeId, revoked: false })
})

test('an unknown device gets no renewal', async () => {
  expect(await authority.renew(await asking())).toMatchObject({
    outcome: 'refused',
    reason: 'device_unknown',
  })
})

test('what is no request leaves no device behind', async () => {
  const asked = await asking({ requestPem: 'hello' })
  expect(await authority.enrol(asked)).toMatchObject({ outcome: 'refused', reason: 'request_invalid' })
  expect(await store.find(asked.deviceId)).toBeUndefined()
})

test('a revoked device gets nothing more, and its key comes back under no other id', async () => {
  const asked = await asking()
  await authority.enrol(asked)
  expect(await store.revoke(asked.deviceId, 'stolen')).toBe('revoked')
  expect(await store.revoke(asked.deviceId, 'found again')).toBe('revoked_before')
  expect(await store.find(asked.deviceId)).toEqual({ bikeId: asked.bikeId, revoked: true })
  const renewal = { ...asked, requestPem: await newRequest() }
  expect(await authority.renew(renewal)).toMatchObject({ outcome: 'refused', reason: 'device_revoked' })
  expect(await authority.enrol(renewal)).toMatchObject({ outcome: 'refused', reason: 'device_known' })
  const elsewhere = { ...asked, deviceId: randomUUID() }
  expect(await authority.enrol(elsewhere)).toMatchObject({ outcome: 'refused', reason: 'key_known' })
  const [row] = await sql`select revoked_reason as reason from devices where device_id = ${asked.deviceId}`
  expect(row?.reason).toBe('stolen')
  expect(await store.revoke(randomUUID(), 'unknown')).toBe('device_unknown')
})

test('the expiry report names devices in service by their last certificate, the most urgent first', async () => {
  const enrolled = async (days: number) => {
    const asked = await asking({ days })
    await authority.enrol(asked)
    return asked
  }
  const soon = await enrolled(20)
  const sooner = await enrolled(10)
  const later = await enrolled(40)
  const renewed = await enrolled(5)
  const revoked = await enrolled(5)
  await authority.renew({ ...renewed, requestPem: await newRequest(), days: 50 })
  await store.revoke(revoked.deviceId, 'scrapped')
  const mine = new Set<string>([soon, sooner, later, renewed, revoked].map(({ deviceId }) => deviceId))
  const reported: string[] = []
  for await (const { deviceId } of store.expiringBefore(new Date(Date.now() + 30 * dayMs))) {
    if (mine.has(deviceId)) reported.push(deviceId)
  }
  expect(reported).toEqual([sooner.deviceId, soon.deviceId])
})

const act = { by: 'console:ada', reason: 'the first one fails now and then' }

test('a bike that has a module in service gets no second one silently', async () => {
  const asked = await asking()
  await authority.enrol(asked)
  const second = await asking({ bikeId: asked.bikeId })
  const refused = { outcome: 'refused', reason: 'second_module' }
  expect(await authority.enrol(second)).toMatchObject(refused)
  expect(await store.find(second.deviceId)).toBeUndefined()
  // Its request was refused, and its key is not used up.
  const further = { ...act, kind: 'second', proposalId: 'p1' } as const
  expect(await authority.enrol({ ...second, further })).toMatchObject({ outcome: 'issued' })
  expect(await changesOf(second.deviceId)).toEqual([{ ...act, kind: 'enrolled', detail: { proposal: 'p1' } }])
})

test('enrolment records whether a module obeys only signed commands', async () => {
  const [verifying, fielded] = [await asking(), await asking()]
  await authority.enrol({ ...verifying, verifiesCommands: true })
  await authority.enrol(fielded)
  const recorded = async ({ deviceId }: { deviceId: string }) =>
    (await sql`select verifies_commands as verifies from devices where device_id = ${deviceId}`)[0]?.verifies
  expect([await recorded(verifying), await recorded(fielded)]).toEqual([true, false])
})

test('of two that are enrolled for one bike at once, one is', async () => {
  const { bikeId } = await asking()
  const both = await Promise.all([asking({ bikeId }), asking({ bikeId })])
  const answers = await Promise.all(both.map((asked) => authority.enrol({ ...asked, bikeId })))
  expect(answers.map((answer) => (answer.outcome === 'issued' ? 'issued' : answer.reason)).sort()).toEqual([
    'issued',
    'second_module',
  ])
})

test('a module is replaced in one step: the new one is enrolled, and the former one revoked', async () => {
  const asked = await asking()
  await authority.enrol(asked)
  const next = await asking({ bikeId: asked.bikeId })
  const further = { ...act, kind: 'replacement', replaces: asked.deviceId } as const
  expect(await authority.enrol({ ...next, further })).toMatchObject({ outcome: 'issued' })
  expect(await store.find(asked.deviceId)).toMatchObject({ revoked: true })
  expect(await changesOf(asked.deviceId)).toEqual([{ ...act, kind: 'revoked', detail: {} }])
  expect(await changesOf(next.deviceId)).toMatchObject([
    { kind: 'enrolled', detail: { replaces: asked.deviceId } },
  ])
  // It is not there any more, so nothing can take its place.
  const again = await asking({ bikeId: asked.bikeId })
  expect(await authority.enrol({ ...again, further })).toMatchObject({ reason: 'replaced_unknown' })
})

test('a module of another bike is not replaced', async () => {
  const [one, other] = [await asking(), await asking()]
  await authority.enrol(one)
  const further = { ...act, kind: 'replacement', replaces: one.deviceId } as const
  expect(await authority.enrol({ ...other, further })).toMatchObject({ reason: 'replaced_unknown' })
  expect(await store.find(one.deviceId)).toMatchObject({ revoked: false })
})

const changesOf = (deviceId: string) =>
  sql`select kind, by, reason, detail from device_changes where device_id = ${deviceId} order by change_id`.then(
    (rows) => rows.map((row) => ({ ...row })),
  )
