import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../testkit/engines.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { createFleetEnvironment, type FleetEnvironment } from '../../fleet/testing/fleet-environment.ts'
import {
  built,
  dayMs,
  definitions,
  frameNumber,
  made,
  madeMs,
  sold,
} from '../../fleet/testing/statement-fixtures.ts'
import { receiptCode } from '../../riders/ownership/testing/codes.ts'
import { createApi } from '../app.ts'
import { createApiMetrics } from '../metrics.ts'
import type { ApiStores } from '../port.ts'
import { authenticateByName } from '../testing/callers.ts'
import { type Contract, expectContract } from '../testing/contract.ts'
import { createTestStores } from '../testing/stores.ts'

let sql: Sql
let fleet: FleetEnvironment
let stores: ApiStores
let api: ReturnType<typeof createApi>
let contract: Contract
const metrics = createApiMetrics()

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  fleet = createFleetEnvironment(sql)
  stores = createTestStores(sql)
  api = createApi({
    ...{ authenticate: authenticateByName, stores, metrics, log: pino({ level: 'error' }) },
    ...{ stopping: new AbortController().signal, trustedProxies: 1 },
  })
  contract = (await (await api.request('/openapi.json')).json()) as Contract
  await fleet.intake(definitions())
  return database.drop
})

let lastBike = 0
let lastAddress = 0
const soldMs = madeMs + 3 * dayMs

/** A bike from its plant, which nobody owns. */
async function bike() {
  const number = ++lastBike
  const bikeId = randomUUID()
  await fleet.intake([made('battery', number), made('motor', number), built(number, { bikeId })])
  return { number, bikeId }
}

/** Sold with the code of a receipt. */
async function soldBike(atMs = soldMs) {
  const found = await bike()
  const { code, sha256 } = receiptCode()
  const sale = sold(found.number, '', atMs, sha256)
  await fleet.intake([sale])
  return { ...found, code, sale }
}

interface Asked {
  readonly method?: string
  readonly body?: unknown
  readonly address?: string
}

async function ask(as: string, path: string, { method = 'GET', body, address }: Asked = {}) {
  const response = await api.request(path, {
    method,
    // Each request from an address of its own, unless the test says which.
    headers: {
      authorization: as,
      'access-reason': 'a test',
      'x-forwarded-for': address ?? `10.0.${lastAddress >> 8}.${lastAddress++ & 255}`,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = text === '' ? undefined : JSON.parse(text)
  if (response.ok && json !== undefined) {
    const plain = path.replace(/riders\/me/, 'riders/me')
    expectContract(contract, { method, path: plain, status: response.status, body: json })
  }
  return { status: response.status, headers: response.headers, body: json }
}

const claim = (as: string, code: string, address?: string) =>
  ask(as, '/v1/riders/me/claims', { method: 'POST', body: { code }, ...(address && { address }) })
const post = (as: string, path: string, body: unknown = undefined) =>
  ask(as, `/v1/riders/me${path}`, { method: 'POST', body })
const offer = (as: string, bikeId: string, body: object = {}) => post(as, `/bikes/${bikeId}/offers`, body)

const windowsOf = async (bikeId: string) =>
  (
    await sql<{ rider: string; from: Date | null; until: Date | null }[]>`
      select rider_id as rider, lower(owned) as from, upper(owned) as until from ownerships
      where bike_id = ${bikeId} order by owned`
  ).map(({ rider, from, until }) => [rider, from?.getTime() ?? null, until?.getTime() ?? null])

const changesOf = (bikeId: string) =>
  sql`select kind, former_rider as former, new_rider as new, author from ownership_changes
    where bike_id = ${bikeId} order by change_id`

async function command(bikeId: string, as: string): Promise<string> {
  await sql`insert into devices (device_id, bike_id) values (${randomUUID()}, ${bikeId})`
  const response = await api.request(`/v1/bikes/${bikeId}/commands`, {
    method: 'POST',
    headers: { authorization: as, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ kind: 'unlock' }),
  })
  expect(response.status).toBe(202)
  return ((await response.json()) as { commandId: string }).commandId
}

const commandStates = (bikeId: string) =>
  sql`select state from commands where bike_id = ${bikeId}`.then((rows) => rows.map(({ state }) => state))

test('the buyer claims with the code of the receipt, and the bike is his from the sale on', async () => {
  const { bikeId, code, number } = await soldBike()
  const claimed = await claim('anna', code.toLowerCase().replaceAll('-', ' '))
  expect(claimed).toMatchObject({ status: 201, body: { bikeId, from: new Date(soldMs).toISOString() } })
  const { body } = await ask('anna', '/v1/riders/me/bikes')
  expect(body.bikes).toContainEqual({
    ...{ bikeId, frameNumber: frameNumber(number), model: 'Trail', now: true, offer: null, case: null },
    owned: [{ from: new Date(soldMs).toISOString(), until: null }],
  })
  expect(await changesOf(bikeId)).toEqual([
    { kind: 'claim', former: null, new: 'anna', author: 'rider:anna' },
  ])
  expect((await ask('login login', '/v1/login/riders/anna/bikes')).body.bikes).toContainEqual({
    bikeId,
    from: new Date(soldMs).toISOString(),
  })
  // The answer was lost, and the app sends the code again.
  expect(await claim('anna', code)).toMatchObject({ status: 201, body: { bikeId } })
  expect(await changesOf(bikeId)).toHaveLength(1)
})

test('every code that gives no bike has the same answer', async () => {
  const [used, owned, old, own] = [await soldBike(), await soldBike(), await soldBike(), await soldBike()]
  await claim('anna', used.code)
  const { code: second, sha256 } = receiptCode()
  await fleet.intake([sold(own.number, '', soldMs, sha256)])
  await claim('ben', own.code)
  await registerBikes(sql, [{ bikeId: owned.bikeId, riderId: 'anna', producedAt: new Date(madeMs) }])
  await sql`update claim_codes set valid_until = now() where bike_id = ${old.bikeId}`
  const answers = []
  for (const code of [receiptCode().code, used.code, owned.code, old.code, second]) {
    const { status, body } = await claim('ben', code)
    answers.push({ status, body })
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]).toMatchObject({ status: 422, body: { reason: 'code_refused' } })
})

test('ten tries an hour, for an account and for an address; each is counted', async () => {
  const { code } = await soldBike()
  const tries = (as: (n: number) => string, address: (n: number) => string) =>
    Promise.all(Array.from({ length: 10 }, (_, n) => claim(as(n), receiptCode().code, address(n))))
  await tries(
    () => 'guesser',
    (n) => `192.0.2.${n}`,
  )
  const refused = await claim('guesser', code, '192.0.2.99')
  expect(refused).toMatchObject({ status: 429, body: { reason: 'too_many_tries' } })
  expect(refused.headers.get('retry-after')).toBe('3600')
  await tries(
    (n) => `guesser-${n}`,
    () => '198.51.100.1',
  )
  expect(await claim('somebody', code, '203.0.113.7, 198.51.100.1')).toMatchObject({ status: 429 })
  expect(await metrics.registry.metrics()).toMatch(/api_claims_total\{outcome="too_many_tries"\} 2/)

  await sql`update claim_attempts set began_at = now() - interval '1 hour'`
  await stores.ownership.elapse()
  expect(await sql`select from claim_attempts`).toHaveLength(0)
  expect(await claim('somebody', code, '198.51.100.1')).toMatchObject({ status: 201 })
})

test('an owner hands the bike on: it is the next owner’s from when the offer says', async () => {
  const { bikeId, code } = await soldBike()
  await claim('anna', code)
  const commandId = await command(bikeId, 'anna')
  const from = new Date(Date.now() - 3 * 3_600_000)
  const replaced = await offer('anna', bikeId)
  const made = await offer('anna', bikeId, { from: from.toISOString() })
  expect(made).toMatchObject({ status: 201, body: { from: from.toISOString() } })
  expect((await claim('ben', replaced.body.code)).status).toBe(422)
  expect(await claim('ben', made.body.code)).toMatchObject({
    status: 201,
    body: { from: from.toISOString() },
  })
  expect(await windowsOf(bikeId)).toEqual([
    ['anna', soldMs, from.getTime()],
    ['ben', from.getTime(), null],
  ])
  expect((await claim('carl', made.body.code)).status).toBe(422)
  expect((await ask('anna', '/v1/riders/me/notices')).body.notices[0]).toMatchObject({
    kind: 'offer_accepted',
    bikeId,
  })
  // Commands die with the ownership, and the former owner reads and commands nothing more.
  const [state] = await sql`select state from commands where command_id = ${commandId}`
  expect(state).toEqual({ state: 'failed' })
  expect((await ask('anna', `/v1/bikes/${bikeId}/latest`)).status).toBe(404)
  expect((await ask('ben', `/v1/bikes/${bikeId}/latest`)).status).toBe(200)
})

test('an offer names no time before the giver’s own, and none ahead', async () => {
  const { bikeId, code } = await soldBike()
  await claim('anna', code)
  const ahead = await offer('anna', bikeId, { from: new Date(Date.now() + 60_000).toISOString() })
  expect(ahead).toMatchObject({ status: 422, body: { reason: 'offer_in_future' } })
  const made = await offer('anna', bikeId, { from: '2020-01-01T00:00:00Z' })
  expect(await claim('ben', made.body.code)).toMatchObject({ status: 201 })
  expect(await windowsOf(bikeId)).toEqual([['ben', soldMs, null]])
})

test('an offer can be withdrawn, and only its owner makes one', async () => {
  const { bikeId, code } = await soldBike()
  await claim('anna', code)
  expect((await offer('ben', bikeId)).status).toBe(404)
  const { body } = await offer('anna', bikeId)
  const path = `/v1/riders/me/bikes/${bikeId}/offers/${body.offerId}`
  expect((await ask('ben', path, { method: 'DELETE' })).status).toBe(404)
  expect((await ask('anna', path, { method: 'DELETE' })).status).toBe(204)
  expect((await ask('anna', path, { method: 'DELETE' })).status).toBe(204)
  expect((await claim('ben', body.code)).status).toBe(422)
})

test('a sale of an owned bike waits until the owner gives the bike up, whatever its date', async () => {
  const { bikeId, code, number } = await soldBike(madeMs + 20 * dayMs)
  await claim('anna', code)
  const commandId = await command(bikeId, 'anna')
  const [thief, backdated] = [receiptCode(), receiptCode()]
  const later = sold(number, 'mallory', madeMs + 30 * dayMs, thief.sha256)
  const earlier = sold(number, 'mallory', madeMs + 5 * dayMs, backdated.sha256)
  await fleet.intake([later, earlier])
  const states = async () => [later, earlier].map(async ({ eventId }) => (await fleet.states()).get(eventId))
  expect(await Promise.all(await states())).toEqual(['held', 'held'])
  expect((await claim('mallory', thief.code)).status).toBe(422)
  expect((await claim('mallory', backdated.code)).status).toBe(422)
  expect((await post('mallory', `/bikes/${bikeId}/release`)).status).toBe(404)

  const released = await post('anna', `/bikes/${bikeId}/release`)
  expect(released.status).toBe(200)
  const until = Date.parse(released.body.until)
  expect(await windowsOf(bikeId)).toEqual([['anna', madeMs + 20 * dayMs, until]])
  expect(await sql`select state from commands where command_id = ${commandId}`).toEqual([{ state: 'failed' }])
  await fleet.settle()
  expect(await Promise.all(await states())).toEqual(['applied', 'applied'])
  // Now it is the dealer's to sell, but never a moment of the former owner's time.
  const claimed = await claim('carl', backdated.code)
  expect(claimed).toMatchObject({ status: 201, body: { from: new Date(until).toISOString() } })
  expect(await windowsOf(bikeId)).toEqual([
    ['anna', madeMs + 20 * dayMs, until],
    ['carl', until, null],
  ])
  // One code gave the bike; the other one is of no use, now or when it is given up again.
  expect((await claim('mallory', thief.code)).status).toBe(422)
  await post('carl', `/bikes/${bikeId}/release`)
  expect((await claim('mallory', thief.code)).status).toBe(422)
})

const staffCase = (bikeId: string, more: object = {}) => ({
  ...{ caseId: randomUUID(), bikeId, newRiderId: 'vera', beginsAtMs: undefined },
  ...{ reason: 'the invoice names vera', author: 'staff:eva+otto' },
  ...more,
})

test('a staff case: the owner is told, nobody commands, and after 14 days it takes effect', async () => {
  const { bikeId, code } = await soldBike()
  await claim('anna', code)
  await command(bikeId, 'anna')
  const { body: offered } = await offer('anna', bikeId)
  const asked = staffCase(bikeId)
  expect(await stores.ownership.openCase(asked)).toMatchObject({ state: 'waiting' })
  expect(await stores.ownership.openCase(asked)).toMatchObject({ state: 'waiting' })
  expect(await stores.ownership.openCase(staffCase(bikeId))).toEqual({ impossible: 'case_open' })
  expect(await commandStates(bikeId)).toEqual(['failed'])
  expect(await sql`select bike_is_contested(${bikeId}) as contested`).toEqual([{ contested: true }])
  const [notice] = (await ask('anna', '/v1/riders/me/notices')).body.notices
  expect(notice).toMatchObject({ kind: 'case_opened', bikeId, caseId: asked.caseId, reason: asked.reason })
  expect(Date.parse(notice.objectUntil) - Date.parse(notice.at)).toBeGreaterThan(14 * dayMs - 60_000)
  // Nothing moves meanwhile.
  expect((await claim('ben', offered.code)).status).toBe(422)
  expect((await offer('anna', bikeId)).body).toMatchObject({ status: 409, reason: 'contested' })
  expect((await post('anna', `/bikes/${bikeId}/release`)).status).toBe(409)
  const again = { bikeId, riderId: 'mallory', producedAt: new Date(madeMs), ownedFrom: new Date() }
  await expect(registerBikes(sql, [again])).rejects.toThrow('disputed')
  expect(await stores.ownership.elapse()).toBe(0)

  await sql`update ownership_cases set object_until = now() where case_id = ${asked.caseId}`
  expect(await stores.ownership.elapse()).toBe(1)
  expect(await stores.ownership.elapse()).toBe(0)
  const windows = await windowsOf(bikeId)
  expect(windows).toEqual([
    ['anna', soldMs, windows[1]?.[1]],
    ['vera', expect.any(Number), null],
  ])
  expect((await changesOf(bikeId)).at(-1)).toEqual({
    ...{ kind: 'staff_case', former: 'anna', new: 'vera', author: 'staff:eva+otto' },
  })
  expect((await ask('anna', '/v1/riders/me/notices')).body.notices[0]).toMatchObject({
    kind: 'case_effective',
  })
  expect(await sql`select bike_is_contested(${bikeId}) as contested`).toEqual([{ contested: false }])
})

test('an objection brings the case back to staff, who decide again', async () => {
  const { bikeId, code } = await soldBike()
  await claim('anna', code)
  const asked = staffCase(bikeId, { beginsAtMs: soldMs - dayMs })
  await stores.ownership.openCase(asked)
  const object = (as: string) =>
    post(as, `/cases/${asked.caseId}/objection`, { reason: 'I have the receipt' })
  expect((await object('mallory')).status).toBe(404)
  expect(await object('anna')).toMatchObject({ status: 200, body: { state: 'objected' } })
  await sql`update ownership_cases set object_until = now() where case_id = ${asked.caseId}`
  expect(await stores.ownership.elapse()).toBe(0)
  expect(await stores.ownership.openCases(10)).toContainEqual(
    expect.objectContaining({ caseId: asked.caseId, objection: 'I have the receipt' }),
  )
  const { caseId } = asked
  const settle = (verdict: 'uphold' | 'dismiss') =>
    stores.ownership.settleCase({
      caseId,
      verdict,
      reason: 'the receipt is forged',
      author: 'staff:otto+uwe',
    })
  expect(await settle('uphold')).toMatchObject({ state: 'effective' })
  expect(await settle('dismiss')).toBeUndefined()
  // All of the former owner's time is the new one's, and not a moment before it.
  expect(await windowsOf(bikeId)).toEqual([['vera', soldMs, null]])
})

test('a case that is dismissed changes nothing, and the owner is told', async () => {
  const { bikeId, code } = await soldBike()
  await claim('anna', code)
  const asked = staffCase(bikeId)
  await stores.ownership.openCase(asked)
  const settlement = { caseId: asked.caseId, reason: 'a mistake', author: 'staff:otto+uwe' }
  expect(await stores.ownership.settleCase({ ...settlement, verdict: 'uphold' })).toBeUndefined()
  expect(await stores.ownership.settleCase({ ...settlement, verdict: 'dismiss' })).toMatchObject({
    state: 'dismissed',
  })
  expect(await windowsOf(bikeId)).toEqual([['anna', soldMs, null]])
  expect((await ask('anna', '/v1/riders/me/notices')).body.notices[0]).toMatchObject({
    kind: 'case_dismissed',
  })
  const { body } = await post('anna', `/cases/${asked.caseId}/objection`, { reason: 'too late' })
  expect(body).toMatchObject({ status: 404 })
})

test('a case about a bike that nobody owns takes effect at once', async () => {
  const { bikeId } = await soldBike()
  expect(await stores.ownership.openCase(staffCase(bikeId))).toMatchObject({ state: 'effective' })
  expect(await windowsOf(bikeId)).toMatchObject([['vera', expect.any(Number), null]])
  expect(await stores.ownership.openCase(staffCase(bikeId))).toEqual({ impossible: 'no_change' })
  expect(await stores.ownership.openCase(staffCase(randomUUID()))).toEqual({ impossible: 'no_bike' })
})

test('two riders with one code: one of them owns the bike', async () => {
  const { bikeId, code } = await soldBike()
  const answers = await Promise.all(['anna', 'ben', 'carl'].map((rider) => claim(rider, code)))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422])
  expect(await windowsOf(bikeId)).toHaveLength(1)
})

test('a change of an owner stays as it was written', async () => {
  const { bikeId, code } = await soldBike()
  await claim('anna', code)
  await expect(sql`delete from ownership_changes where bike_id = ${bikeId}`).rejects.toThrow('never changed')
  const renamed = sql`update ownership_changes set new_rider = 'mallory' where bike_id = ${bikeId}`
  await expect(renamed).rejects.toThrow('never changed')
})

test('a case takes two members of staff, who see who gains and who loses', async () => {
  const { bikeId, code } = await soldBike()
  await claim('anna', code)
  const body = { bikeId, newRiderId: 'vera', reason: 'the invoice names vera' }
  const propose = (as: string) => ask(as, '/v1/staff/ownership-cases', { method: 'POST', body })
  expect((await propose('anna')).status).toBe(403)
  const proposed = await propose('eva read,decide,approve')
  expect(proposed).toMatchObject({ status: 201, body: { kind: 'ownership_case', state: 'open' } })
  expect(
    proposed.body.effects.map(({ who, change }: { who: string; change: string }) => [who, change]),
  ).toEqual([
    ['rider anna', 'loses'],
    ['rider vera', 'gains'],
  ])
  const approve = (as: string, id: string) =>
    ask(as, `/v1/staff/proposals/${id}/approval`, { method: 'POST', body: { reason: 'seen the invoice' } })
  const { proposalId } = proposed.body
  expect((await approve('eva read,decide,approve', proposalId)).body.reason).toBe('second_person_needed')
  expect(await windowsOf(bikeId)).toEqual([['anna', soldMs, null]])
  expect((await approve('otto approve', proposalId)).body).toMatchObject({ outcome: { done: true } })
  await post('anna', `/cases/${proposalId}/objection`, { reason: 'I have the receipt' })

  const { body: listed } = await ask('eva decide', '/v1/staff/ownership-cases')
  expect(listed.cases).toContainEqual(
    expect.objectContaining({ caseId: proposalId, state: 'objected', objection: 'I have the receipt' }),
  )
  const settle = await ask('eva decide', `/v1/staff/ownership-cases/${proposalId}/settlement`, {
    method: 'POST',
    body: { verdict: 'dismiss', reason: 'the receipt is real' },
  })
  expect((await approve('otto approve', settle.body.proposalId)).body).toMatchObject({
    outcome: { done: true },
  })
  expect(await windowsOf(bikeId)).toEqual([['anna', soldMs, null]])
  expect((await ask('anna', '/v1/riders/me/bikes')).body.bikes).toContainEqual(
    expect.objectContaining({ bikeId, case: null }),
  )
})
