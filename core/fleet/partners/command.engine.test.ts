// `npm run partner` as an operator runs it: a partner from its registration to the end of its first key.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { registerPartners, testPartner } from '../../../testkit/partners.ts'
import { createStaffStores } from '../../staff/approvals/stores.ts'

const command = fileURLToPath(new URL('command.ts', import.meta.url))
const run = promisify(execFile)
let database: TestDatabase
let folder: string

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'partner-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

async function partner(...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: database.url }
  try {
    return (await run(process.execPath, [command, ...args], { env, timeout: 60_000 })).stdout.trim()
  } catch (error) {
    return (error as { stderr: string }).stderr.trim()
  }
}

test('a partner is registered, granted, gets keys and loses them', async () => {
  const file = join(folder, 'key.pem')
  expect(await partner('add-key', 'plant:zwickau', '--key', `${file}.pub`)).toContain('no such file')
  const made = await partner('new-key', '--key', file)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await partner('new-key', '--key', file)).toContain('exists')
  const keyId = /key ([\w-]{43})$/.exec(made)?.[1] ?? ''
  expect(await partner('add-key', 'plant:zwickau', '--key', `${file}.pub`)).toBe('no partner plant:zwickau')
  expect(await partner('register', 'plant:zwickau', '--role', 'plant')).toBe('plant:zwickau is a plant')
  expect(await partner('register', 'plant:zwickau', '--role', 'oem')).toContain('another role')
  expect(await partner('add-key', 'plant:zwickau', '--key', file)).toContain('is a private key')
  expect(await partner('add-key', 'plant:zwickau', '--key', `${file}.pub`)).toBe(
    `${keyId} speaks for plant:zwickau`,
  )
  expect(await partner('grant', 'plant:zwickau', '--kinds', 'bikeBorrowed')).toContain('no list of kinds')
  await partner('grant', 'plant:zwickau', '--kinds', 'bikeProduced,componentProduced', '--brand', 'acme')
  expect(await partner('withdraw', 'plant:zwickau', '--kinds', 'bikeProduced', '--brand', 'acme')).toBe(
    '1 grants withdrawn',
  )
  expect(await partner('end-key', '--key', keyId, '--until', '2026-01-01T00:00:00Z')).toContain('2026-01-01')
  const told = await partner('list')
  expect(told).toContain('until 2026-01-01T00:00:00.000Z')
  expect(told).toContain('may say componentProduced by key, brand acme, plant *')
  expect(JSON.parse(await partner('list', '--json'))).toMatchObject([
    { partnerId: 'plant:zwickau', role: 'plant', keys: [{ keyId, validUntil: '2026-01-01T00:00:00.000Z' }] },
  ])
  expect(await partner('waiting')).toBe('')
  expect(await partner('add-key', 'platform', '--key', `${file}.pub`)).toContain('of somebody else')
  const ours = join(folder, 'platform.pem')
  await partner('new-key', '--key', ours)
  expect(await partner('add-key', 'platform', '--key', `${ours}.pub`)).toContain(
    'speaks for partners at the API',
  )
  expect(await partner('list')).toMatch(/^platform\n {2}key [\w-]{43} \(api\)\nplant:zwickau/)
  expect(JSON.parse(await partner('list', '--json'))).toMatchObject([
    { partnerId: 'plant:zwickau' },
    { partnerId: 'platform', keys: [{ door: 'api' }] },
  ])
})

test('a key is distrusted once a second person approves', async () => {
  await registerPartners(database.sql, ['plant:dresden'])
  const { keyId } = testPartner('plant:dresden').key
  const proposed = await partner(
    ...['distrust-key', '--key', keyId, '--from', '2025-11-01T00:00:00Z', '--reason', 'the laptop is gone'],
  )
  expect(proposed).toContain(`key ${keyId} loses belief`)
  const proposalId = /^proposed: (\S+)/.exec(proposed)?.[1] ?? ''
  const { approvals } = createStaffStores(database.sql, { consoleApproves: true })
  const approve = (by: string) => approvals.decide(proposalId, { verdict: 'approved', by, reason: 'seen' })
  expect(await approve(`console:${userInfo().username}`)).toEqual({ refused: 'second_person_needed' })
  expect(await partner('list')).not.toContain('distrusted')
  expect(await approve('staff:kai')).toMatchObject({ proposal: { outcome: { done: true } } })
  expect(await partner('list')).toContain('distrusted from 2025-11-01T00:00:00.000Z')
})
