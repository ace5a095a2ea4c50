// `npm run research` as an operator runs it: a researcher from the invitation to the end.
import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createAccessStore } from '../../engines/postgres/research/access-store.ts'
import { invitationSha256 } from './rules.ts'

const command = fileURLToPath(new URL('command.ts', import.meta.url))
const run = promisify(execFile)
let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function research(...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: database.url }
  try {
    return (await run(process.execPath, [command, ...args], { env, timeout: 60_000 })).stdout.trim()
  } catch (error) {
    return (error as { stderr: string }).stderr.trim()
  }
}

test('a researcher is invited, listed, invited again and revoked', { timeout: 240_000 }, async () => {
  const store = createAccessStore(database.sql)
  const code = await research('invite', 'Ada "the first"', '--name', 'eva')
  expect(code).toMatch(/^(\w{4}-){3}\w{4}$/)
  const invited = await store.invited(invitationSha256(code))
  expect(invited).toMatchObject({ name: 'Ada "the first"', credentialIds: [] })
  const { researcherId = '' } = invited ?? {}
  expect(await research('list')).toBe(
    `${researcherId}  "Ada \\"the first\\""  invited by "console:${userInfo().username} (eva)"`,
  )
  const second = await research('key', researcherId)
  expect(await store.invited(invitationSha256(second))).toMatchObject({ researcherId })
  expect(await research('revoke', researcherId)).toBe('revoked')
  expect(await store.invited(invitationSha256(second))).toBeUndefined()
  const gone = 'there is nothing of that id that holds'
  expect([await research('revoke', researcherId), await research('revoke-key', researcherId)]).toEqual([
    gone,
    gone,
  ])
  expect(await research('key', researcherId)).toBe('there is no such researcher, or not any more')
})
