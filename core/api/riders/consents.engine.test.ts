// Consents as riders see, give and end them, and how riders ask to be erased, over a real database.
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { beforeAll, expect, test } from 'vitest'
import { createEarlierDatabase, createTestDatabase } from '../../../testkit/engines.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { migrate } from '../../engines/postgres/client/migrate.ts'
import { createConsentReader, createConsentStore } from '../../engines/postgres/riders/consent-store.ts'
import { createRiderErasures } from '../../engines/postgres/riders/erasure-store.ts'
import { mostGivenADay } from '../../riders/consent/consents.ts'
import { createDueErasures } from '../../riders/own-data/erasure/due.ts'
import { legalHoldProposal } from '../../riders/own-data/erasure/request.ts'
import { createApiStores } from '../stores.ts'
import { createAsker } from '../testing/ask.ts'

let sql: Sql
let asker: ReturnType<typeof createAsker>
let ask: (method: string, path?: string, asked?: { as?: string; body?: unknown }) => Promise<Answered>
interface Answered {
  readonly status: number
  readonly body: { readonly [field: string]: unknown; readonly reason?: string }
}

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  asker = createAsker(sql)
  ask = (method, path = '', asked = {}) => asker(`/v1/riders/me/consents${path}`, { method, ...asked })
  return database.drop
})

const holds = async (riderId: string, purpose: 'research' | 'product') =>
  (await createConsentReader(sql).consentsOf([riderId], purpose)).get(riderId)?.some(({ now }) => now) ??
  false

test('a rider sees each purpose with its text, gives one, and ends it; all of it stays in the history', async () => {
  const { body } = await ask('GET')
  expect(body).toMatchObject({
    consents: [
      { purpose: 'research', given: false, since: null, text: { version: '1' }, history: [] },
      { purpose: 'product', given: false },
    ],
  })

  const from = '2026-01-01T00:00:00.000Z'
  expect(await ask('PUT', '/research', { body: { textVersion: '1', from } })).toMatchObject({
    status: 200,
    body: { given: true, since: from, history: [{ act: 'given', from, textVersion: '1', by: 'rider' }] },
  })
  expect([await holds('anna', 'research'), await holds('anna', 'product')]).toEqual([true, false])

  expect(await ask('DELETE', '/research')).toMatchObject({
    body: { given: false, since: null, history: [{ act: 'withdrawn' }, { act: 'given' }] },
  })
  expect(await holds('anna', 'research')).toBe(false)
  expect(await ask('DELETE', '/research')).toMatchObject({ status: 200, body: { history: { length: 2 } } })
  expect((await ask('GET', '', { as: 'ben' })).body).toMatchObject({ consents: [{ history: [] }, {}] })
})

test('a consent is given to the text that holds, not in the future, and not without end', async () => {
  const give = (body: unknown, purpose = 'product') => ask('PUT', `/${purpose}`, { as: 'cleo', body })
  expect(await give({ textVersion: '0' })).toMatchObject({ status: 409, body: { reason: 'text_outdated' } })
  const from = new Date(Date.now() + 3_600_000).toISOString()
  expect(await give({ textVersion: '1', from })).toMatchObject({ body: { reason: 'consent_in_future' } })
  for (const wrong of [
    {},
    { textVersion: 1 },
    { textVersion: '1', extra: true },
    { textVersion: '1', from: 'x' },
  ])
    expect((await give(wrong)).status, JSON.stringify(wrong)).toBe(400)
  expect((await give({ textVersion: '1' }, 'advertising')).status).toBe(400)

  for (let n = 0; n < mostGivenADay; n++) {
    expect((await give({ textVersion: '1' })).status).toBe(200)
    expect((await ask('DELETE', '/product', { as: 'cleo' })).status).toBe(200)
  }
  expect(await give({ textVersion: '1' })).toMatchObject({
    status: 429,
    body: { reason: 'too_many_consents' },
  })
  expect(await ask('DELETE', '/product', { as: 'cleo' })).toMatchObject({ body: { given: false } })
})

test('another text is another version: who consented before still does, and who is asked sees the new one', async () => {
  await ask('PUT', '/research', { as: 'dora', body: { textVersion: '1' } })
  const store = createConsentStore(sql)
  const next = { purpose: 'research', version: '2', language: 'de', text: 'Neuer Text' } as const
  expect([await store.addText(next), await store.addText(next)]).toEqual([true, false])
  expect((await ask('GET', '', { as: 'dora' })).body).toMatchObject({
    consents: [
      { given: true, text: { version: '2', byLanguage: { de: 'Neuer Text' } } },
      { text: { version: '1' } },
    ],
  })
  expect(await ask('PUT', '/research', { as: 'dora', body: { textVersion: '1' } })).toMatchObject({
    status: 409,
  })
  expect((await ask('PUT', '/research', { as: 'dora', body: { textVersion: '2' } })).body).toMatchObject({
    history: [{ textVersion: '2' }, { textVersion: '1' }],
  })
})

test('a rider asks to be erased, takes it back, asks again, and reads the certificate by the receipt', async () => {
  const own = (method: string, body?: unknown) =>
    asker('/v1/riders/me/erasure', { as: 'dora', method, ...(body !== undefined && { body }) })
  const byReceipt = (id: string) => asker(`/v1/erasures/${id}`, { as: 'somebody' })
  expect((await own('GET')).body).toEqual({ erasure: null })
  expect(await own('PUT', { confirmed: false })).toMatchObject({ body: { reason: 'request_invalid' } })
  const asked = await own('PUT', { confirmed: true })
  expect(asked).toMatchObject({ status: 200, body: { state: 'waits', obstacle: null, certificate: null } })
  expect(Date.parse(asked.body.dueAt) - Date.parse(asked.body.requestedAt)).toBeCloseTo(86_400_000, -4)
  expect((await own('PUT', { confirmed: true })).body).toEqual(asked.body)
  expect((await byReceipt(asked.body.erasureId)).body).toEqual(asked.body)
  // Staff does not take from a rider the time to think.
  const { eraseRider } = createApiStores(sql)
  expect(await eraseRider(randomUUID(), 'dora')).toBe('asked_by_rider')
  expect((await own('DELETE')).body).toEqual({ erasure: null })
  expect(await byReceipt(asked.body.erasureId)).toMatchObject({ status: 404 })

  const { erasureId } = (await own('PUT', { confirmed: true })).body
  const erasures = createRiderErasures(sql)
  const stop = new AbortController()
  const tried: string[] = []
  const erase = async (id: string, riderId: string) => {
    tried.push(id)
    return tried.length === 1 ? ('case_open' as const) : eraseRider(id, riderId)
  }
  const running = createDueErasures({ erasures, erase, log: pino({ level: 'silent' }), everyMs: 200 }).run(
    stop.signal,
  )
  await sql`update erasure_requests set due_at = now() where erasure_id = ${erasureId}`
  const state = async () => (await byReceipt(erasureId)).body
  const patience = { timeout: 60_000, interval: 20 }
  await expect.poll(async () => (await state()).obstacle, patience).toMatch(/a case/)
  await expect.poll(async () => (await state()).state, patience).toBe('goes_on')
  stop.abort()
  await running
  expect(new Set(tried)).toEqual(new Set([erasureId]))
  expect((await own('DELETE')).body).toMatchObject({ erasure: { erasureId, state: 'goes_on', dueAt: null } })
  await sql`
    update erasures set step = 'done', rider_id = null, stores = '[]', reached = '{"counted": 1}' where erasure_id = ${erasureId}`
  expect(await state()).toMatchObject({ state: 'done', certificate: `certificate of ${erasureId}` })
  expect((await own('GET')).body).toEqual({ erasure: null })
})

test('the erasure of a rider who is held waits for the end of the hold, and the rider reads why', async () => {
  const { approvals, eraseRider } = createApiStores(sql)
  const hold = async (untilMs: number) => {
    const proposalId = randomUUID()
    await approvals.propose(
      legalHoldProposal({ proposalId, riderId: 'eric', untilMs, reason: 'a claim', proposedBy: 'staff:eva' }),
    )
    return approvals.decide(proposalId, { verdict: 'approved', by: 'staff:otto', reason: 'seen' })
  }
  expect(await hold(Date.now() + 86_400_000)).toMatchObject({ proposal: { outcome: { done: true } } })
  await sql`insert into consents (rider_id, purpose, granted) values ('eric', 'product', '[2026-01-01,)')`
  const erasureId = randomUUID()
  expect(await eraseRider(erasureId, 'eric')).toBe('held')
  expect(await holds('eric', 'product')).toBe(false)
  expect((await asker('/v1/riders/me/erasure', { as: 'eric' })).body).toMatchObject({
    erasure: { erasureId, state: 'waits', obstacle: expect.stringContaining('legal claim') },
  })
  expect(await eraseRider(erasureId, 'eric')).toBe('held')
  await hold(Date.now())
  expect(await createRiderErasures(sql).due(10)).toMatchObject([{ erasureId }])
  expect(await eraseRider(erasureId, 'eric')).toBe('begun')
  expect(await hold(Date.now() + 86_400_000)).toMatchObject({ proposal: { outcome: { done: false } } })
})

test('consents of before acts were kept go on under their new name, with a history', async () => {
  const { sql: old, drop } = await createEarlierDatabase('0017_access_log.sql')
  try {
    await old`
      insert into consents (rider_id, purpose, granted) values
        ('emil', 'analytics', '[2025-01-01 00:00+00,2025-06-01 00:00+00)'), ('emil', 'analytics', '[2025-09-01 00:00+00,)')`
    await migrate(old)
    const [research] = await createConsentStore(old).statesOf('emil')
    const ms = (day: string) => Date.parse(day)
    expect(research?.stretches.map(({ fromUs }) => fromUs / 1_000)).toEqual([
      ms('2025-01-01'),
      ms('2025-09-01'),
    ])
    expect(research?.acts.map(({ act, effectiveFromMs, by }) => [act, effectiveFromMs, by])).toEqual([
      ['given', ms('2025-09-01'), 'migration'],
      ['withdrawn', ms('2025-06-01'), 'migration'],
      ['given', ms('2025-01-01'), 'migration'],
    ])
  } finally {
    await drop()
  }
})
