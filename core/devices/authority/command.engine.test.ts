import { spawn } from 'node:child_process'
import { randomUUID, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { generateKeys } from './keys.ts'
import { createRequest } from './requests.ts'

let database: TestDatabase
let dir: string
beforeAll(async () => {
  database = await createTestDatabase()
  dir = await mkdtemp(join(tmpdir(), 'authority-'))
})
afterAll(async () => {
  await database.drop()
  await rm(dir, { recursive: true })
})

async function authority(args: readonly string[], input = '') {
  const command = fileURLToPath(new URL('command.ts', import.meta.url))
  const env = { DATABASE_URL: database.url, DEVICE_AUTHORITY_DIR: dir }
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
  expect(new X509Certificate(enrolled.out).subject).toBe(`CN=${device}`)
  expect((await authority(['expiring', '--within', '11', '--json'])).out).toContain(device)

  const renewed = await authority(['renew', '--device', device], await newRequest())
  expect(new X509Certificate(renewed.out).subject).toBe(`CN=${device}`)
  expect((await authority(['expiring', '--within', '11', '--json'])).out).toBe('')

  expect(await authority(['revoke', '--device', device, '--reason', 'stolen'])).toMatchObject({ code: 0 })
  const late = await authority(['renew', '--device', device], await newRequest())
  expect(late).toMatchObject({ code: 1, out: '', err: expect.stringContaining('device_revoked') })
})

test.each([
  ['no verb', []],
  ['an unknown verb', ['bless']],
  ['a bike that is no UUID', ['enrol', '--bike', 'b1']],
  ['a validity beyond any renewal', ['enrol', '--bike', randomUUID(), '--days', '4000']],
  ['a revocation without a reason', ['revoke', '--device', randomUUID()]],
  ["an option of another verb's", ['expiring', '--within', '3', '--bike', randomUUID()]],
  ['an unknown option', ['init', '--hots', 'localhost']],
])('%s is refused', async (_, args) => {
  expect(await authority(args)).toMatchObject({ code: 2, out: '' })
})
