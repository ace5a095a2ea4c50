import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { ownershipsOf } from '../../engines/postgres/fleet/registry-store.ts'

const command = fileURLToPath(new URL('command.ts', import.meta.url))
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  return database.drop
})

async function importLines(lines: readonly object[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: database.url }
  const child = spawn(process.execPath, [command, 'import'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(lines.map((line) => JSON.stringify(line)).join('\n'))
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return said
}

test('one list may name a bike twice, and sell it', async () => {
  const bikeId = randomUUID()
  const made = { bikeId, riderId: 'anna', producedAt: '2024-01-01' }
  const sold = { ...made, riderId: 'ben', ownedFrom: '2025-06-01' }
  const other = { ...made, bikeId: randomUUID() }
  expect(await importLines([made, made, other, sold])).toBe('4 bikes registered\n')
  const soldAtMs = Date.UTC(2025, 5, 1)
  expect(await ownershipsOf(database.sql, bikeId, 'anna')).toMatchObject([{ untilMs: soldAtMs }])
  expect(await ownershipsOf(database.sql, bikeId, 'ben')).toMatchObject([{ fromMs: soldAtMs, now: true }])
})
