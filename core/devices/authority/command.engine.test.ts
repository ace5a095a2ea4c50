import { spawn } from 'node:child_process'
import { randomUUID, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createProposalStore } from '../../engines/postgres/staff/proposal-store.ts'
import { createApprovals } from '../../staff/approvals/approvals.ts'
import { generateKeys } from './keys.ts'
import { createRequest } from './requests.ts'
import { approveSecondModule } from './second-module.ts'
import { testPassphrases } from './testing/passphrases.ts'

let database: TestDatabase
let dir: string
beforeAll(async () => {
  database = await createTestDatabase()
  dir = await mkdtemp(join(tmpdir(), 'authority-'))
  for (const name of ['root', 'authorities', 'commands'] as const) {
    await writeFile(join(dir, name), testPassphrases[name])
  }
})
afterAll(async () => {
  await database.drop()
  await rm(dir, { recursive: true })
})

async function authority(args: readonly string[], input = '', more: Record<string, string> = {}) {
  const command = fileURLToPath(new URL('command.ts', import.meta.url))
  const env = {
    ...{ DATABASE_URL: database.url, DEVICE_AUTHORITY_DIR: join(dir, 'made') },
    DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE: join(dir, 'root'),
    DEVICE_AUTHORITY_PASSPHRASE_FILE: join(dir, 'authorities'),
    COMMAND_SIGNING_PASSPHRASE_FILE: join(dir, 'commands'),
    ...more,
  }
  const child = spawn(process.execPath, [command, ...args], { env, stdio: 'pipe' })
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { out, err, code }
}
const newRequest = async () => createRequest(await generateKeys(), 'module')

test('a module from its enrolment to its end', async () => {
  const device = randomUUID()
  expect(await authority(['init', '--host', '127.0.0.1'])).toMatchObject({ code: 0 })

  const enrolled = await authority(
    ['enrol', '--bike', randomUUID(), '--device', device, '--days', '10'],
    await newRequest(),
  )
  expect(new X509Certificate(enrolled.out).subject).toContain(`CN=${device}\n`)
  expect((await authority(['expiring', '--within', '11', '--json'])).out).toContain(device)

  const renewed = await authority(['renew', '--device', device], await newRequest())
  expect(new X509Certificate(renewed.out).subject).toContain(`CN=${device}\n`)
  expect((await authority(['expiring', '--within', '11', '--json'])).out).toBe('')

  const first = new X509Certificate(enrolled.out).serialNumber
  expect(await authority(['revoke-certificate', first, '--reason', 'copied'])).toMatchObject({ code: 0 })
  expect((await authority(['revoke-certificate', 'abcd', '--reason', 'x'])).err).toContain(
    'no certificate abcd',
  )

  expect(
    await authority(['backdate', device, '--to', '2026-01-01', '--reason', 'mounted then']),
  ).toMatchObject({
    ...{ code: 0, out: `${device} is believed from 2026-01-01T00:00:00.000Z on\n` },
  })
  expect((await authority(['backdate', device, '--to', '2026-02-01', '--reason', 'x'])).code).toBe(1)

  expect(await authority(['revoke', '--device', device, '--reason', 'stolen'])).toMatchObject({ code: 0 })
  const noted = await database.sql`
    select kind, by, reason from device_changes where device_id = ${device} order by change_id`
  expect(noted.map(({ kind, reason }) => [kind, reason])).toEqual([
    ['certificate_revoked', 'copied'],
    ['backdated', 'mounted then'],
    ['revoked', 'stolen'],
  ])
  expect(noted.every(({ by }) => /^console:./.test(by))).toBe(true)
  const late = await authority(['renew', '--device', device], await newRequest())
  expect(late).toMatchObject({ code: 1, out: '', err: expect.stringContaining('device_revoked') })
})

test('modules are enrolled where the root key is not; what the root must certify is refused in one line', async () => {
  await authority(['init', '--host', '127.0.0.1'])
  const key = join(dir, 'made', 'ca-key.pem')
  await rename(key, join(dir, 'ca-key.pem'))
  const withoutRoot = { DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE: '' }
  const enrolled = await authority(['enrol', '--bike', randomUUID()], await newRequest(), withoutRoot)
  expect(enrolled.code).toBe(0)
  expect(enrolled.out.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  expect(await authority(['intermediate', 'devices', '--anew'])).toMatchObject({
    ...{ code: 1, out: '' },
    err: expect.stringMatching(/^the root's key .* is missing .*\n$/),
  })
  expect((await authority(['status'])).out).toMatch(/^ca .* key not here$/m)
  await rename(join(dir, 'ca-key.pem'), key)
})

test('a second module of a bike waits for a second person; replacing one is one step', async () => {
  await authority(['init', '--host', '127.0.0.1'])
  const [bike, first, second] = [randomUUID(), randomUUID(), randomUUID()]
  await authority(['enrol', '--bike', bike, '--device', first], await newRequest())
  const silently = await authority(['enrol', '--bike', bike], await newRequest())
  expect(silently).toMatchObject({ code: 1, out: '', err: expect.stringContaining('second_module') })

  const asked = ['enrol', '--bike', bike, '--device', second, '--second', '--reason', 'one for the trailer']
  const proposed = await authority(asked, await newRequest())
  const proposalId = proposed.out.trim()
  const early = await authority(['enrol-approved', proposalId])
  expect(early).toMatchObject({ code: 1, out: '', err: expect.stringContaining('no second member of staff') })
  const approvals = createApprovals({
    store: createProposalStore(database.sql),
    executors: { second_module: approveSecondModule },
    consoleApproves: false,
  })
  const decision = { verdict: 'approved', by: 'staff:ben', reason: 'seen' } as const
  expect(await approvals.decide(proposalId, decision)).toMatchObject({
    proposal: { outcome: { done: true } },
  })
  const enrolled = await authority(['enrol-approved', proposalId])
  expect(new X509Certificate(enrolled.out).subject).toContain(`CN=${second}\n`)
  const again = await authority(['enrol-approved', proposalId])
  expect(again).toMatchObject({ code: 1, out: '', err: expect.stringContaining('device_known') })

  const other = randomUUID()
  await authority(['enrol', '--bike', other, '--device', randomUUID()], await newRequest())
  const replacing = ['enrol', '--bike', bike, '--replaces', first, '--reason', 'broken']
  expect((await authority(replacing, await newRequest())).err).toContain('second_module')
  expect(await authority(['revoke', '--device', second, '--reason', 'unmounted'])).toMatchObject({ code: 0 })
  expect(await authority(replacing, await newRequest())).toMatchObject({ code: 0 })
})

test('a wrong passphrase is one clear line', async () => {
  await authority(['init', '--host', '127.0.0.1'])
  const wrong = { DEVICE_AUTHORITY_PASSPHRASE_FILE: join(dir, 'commands') }
  expect(await authority(['enrol', '--bike', randomUUID()], await newRequest(), wrong)).toMatchObject({
    ...{ code: 1, out: '' },
    err: expect.stringMatching(/^.*devices-key.pem: the passphrase is wrong, or the file is damaged\n$/),
  })
})

test.each([
  ['no verb', []],
  ['an unknown verb', ['bless']],
  ['a bike that is no UUID', ['enrol', '--bike', 'b1']],
  ['a validity beyond any renewal', ['enrol', '--bike', randomUUID(), '--days', '4000']],
  ['a certificate that is no number', ['revoke-certificate', 'the old one', '--reason', 'copied']],
  ['an enrolment moved back without a reason', ['backdate', randomUUID(), '--to', '2026-01-01']],
  ['an enrolment moved back to no time', ['backdate', randomUUID(), '--to', 'May', '--reason', 'x']],
  ['a revocation without a reason', ['revoke', '--device', randomUUID()]],
  ["an option of another verb's", ['expiring', '--within', '3', '--bike', randomUUID()]],
  ['a second module without a reason', ['enrol', '--bike', randomUUID(), '--second']],
  ['an authority of no kind', ['intermediate', 'everything']],
  ['an unknown option', ['init', '--hots', 'localhost']],
])('%s is refused', async (_, args) => {
  expect(await authority(args)).toMatchObject({ code: 2, out: '' })
})
