import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import { grantConsent, withdrawConsent } from '../../../riders/consent/consents.ts'
import type { Sql } from '../client/connect.ts'
import { createConsentReader, createConsentStore } from './consent-store.ts'

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  return database.drop
})

const consentsOf = async (riderId: string) =>
  (await createConsentReader(sql).consentsOf([riderId], 'research')).get(riderId)

test('a rider who never consented is absent', async () => {
  expect(await consentsOf('nobody')).toBeUndefined()
})

test('a consent begins now, and once', async () => {
  const before = Date.now() - 1_000
  await grantConsent(createConsentStore(sql), { riderId: 'anna', purpose: 'research', by: 'rider' })
  const first = await consentsOf('anna')
  await grantConsent(createConsentStore(sql), { riderId: 'anna', purpose: 'research', by: 'rider' })
  expect(await consentsOf('anna')).toEqual(first)
  expect(first).toMatchObject([{ untilMs: Number.POSITIVE_INFINITY, now: true }])
  expect(first?.[0]?.fromMs).toBeGreaterThan(before)
})

test('a withdrawn consent holds no longer and keeps its stretch', async () => {
  await grantConsent(createConsentStore(sql), {
    riderId: 'ben',
    purpose: 'research',
    by: 'rider',
    from: new Date('2025-01-01'),
  })
  expect(
    await withdrawConsent(createConsentStore(sql), { riderId: 'ben', purpose: 'research', by: 'rider' }),
  ).toBe(true)
  expect(
    await withdrawConsent(createConsentStore(sql), { riderId: 'ben', purpose: 'research', by: 'rider' }),
  ).toBe(false)
  const consents = await consentsOf('ben')
  expect(consents).toMatchObject([{ fromMs: Date.UTC(2025, 0, 1), now: false }])
  expect(consents?.[0]?.untilMs).toBeLessThanOrEqual(Date.now() + 1_000)
})

test('consenting again leaves the stretch without consent out, unless the rider reaches back', async () => {
  const change = { riderId: 'cleo', purpose: 'research', by: 'rider' } as const
  await grantConsent(createConsentStore(sql), { ...change, from: new Date('2025-01-01') })
  await withdrawConsent(createConsentStore(sql), change)
  await grantConsent(createConsentStore(sql), change)
  expect(await consentsOf('cleo')).toHaveLength(2)
  await grantConsent(createConsentStore(sql), { ...change, from: new Date('2024-06-01') })
  expect(await consentsOf('cleo')).toEqual([
    { fromMs: Date.UTC(2024, 5, 1), untilMs: Number.POSITIVE_INFINITY, now: true },
  ])
})

test('a consent cannot begin in the future', async () => {
  const from = new Date(Date.now() + 3_600_000)
  const asked = { riderId: 'dora', purpose: 'research', by: 'rider', from } as const
  expect(await grantConsent(createConsentStore(sql), asked)).toBe('consent_in_future')
  expect(await consentsOf('dora')).toBeUndefined()
})

test('a withdrawal beside a grant ends what was granted', async () => {
  const change = { riderId: 'emil', purpose: 'research', by: 'rider' } as const
  await grantConsent(createConsentStore(sql), { ...change, from: new Date('2025-01-01') })
  let withdrawal: Promise<boolean> | undefined
  // As a grant works, with time for the withdrawal to begin.
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended('consent emil research', 0))`
    await tx`delete from consents where rider_id = 'emil'`
    withdrawal = withdrawConsent(createConsentStore(sql), change)
    await delay(200)
    await tx`insert into consents (rider_id, purpose, granted) values ('emil', 'research', '[2024-06-01,)')`
  })
  expect(await withdrawal).toBe(true)
  expect(await consentsOf('emil')).toMatchObject([{ fromMs: Date.UTC(2024, 5, 1), now: false }])
})
