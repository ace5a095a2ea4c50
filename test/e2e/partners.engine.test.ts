// A partner that speaks through the API of the whole platform: who may, what a retry changes, and whom the code of a receipt serves.
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createPartnerStore } from '../../core/engines/postgres/fleet/partner-store.ts'
import { type MadeBike, makeBikes, sayAbout, sayCatalogue } from '../../simulator/manufacturing/index.ts'
import { storedId } from '../../testkit/partners.ts'
import { claimBike, say } from '../../testkit/platform/fleet.ts'
import { until } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type TestPlatform } from '../../testkit/platform/platform.ts'
import { requestToken, type TokenRequest } from '../../testkit/token.ts'

const seed = 52
const startMs = Date.UTC(2025, 0, 6)
const [bike] = makeBikes({ bikes: 1, seed, startMs, days: 4, exchanges: 0 }) as [MadeBike]
const dealer = 'dealer:velo'
const sale = {
  version: 1,
  eventId: '01936f00-0000-7000-8000-000000000001',
  source: dealer,
  occurredAt: new Date(bike.soldAtMs).toISOString(),
  bikeSold: { frameNumber: bike.frameNumber, soldAt: new Date(bike.soldAtMs).toISOString() },
}
let platform: TestPlatform

beforeAll(async () => {
  platform = await openTestPlatform({
    engines: inject('engines'),
    services: ['issuer', 'fleet', 'bikes', 'api'],
    onProgress: () => undefined,
  })
  const said = sayAbout([bike], { seed }).filter(({ bikeSold }) => bikeSold === undefined)
  await say(platform, [...sayCatalogue({ seed, atMs: startMs }), ...said])
  await until('the bike is known', async () => {
    const [known] = await platform.sql`select from bikes where frame_number = ${bike.frameNumber}`
    return known !== undefined
  })
})
afterAll(() => platform?.close())

async function askApi(who: TokenRequest, statements: readonly object[]) {
  const token = await requestToken(platform.env.TOKEN_URL ?? '', who)
  const response = await fetch(`${platform.env.API_URL}/v1/partners/statements`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ statements }),
    signal: AbortSignal.timeout(15_000),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const asPartner = (partner: string): TokenRequest => ({ subject: 'system-7', roles: ['partner'], partner })

const stateOf = async (said: { source: string; eventId: string }) => {
  const [row] = await platform.sql<{ state: string; judgements: number }[]>`
    select state, (select count(*)::integer from manufacturing_judgements where event_id = ${storedId(said)}) as judgements
    from manufacturing_events where event_id = ${storedId(said)}`
  return row
}

test('nobody speaks through the API without a registration, a grant of that door and a name of its own', async () => {
  const said = [{ statement: sale, makeClaimCode: true }]
  const partners = createPartnerStore(platform.sql)
  expect(await askApi(asPartner(dealer), said)).toMatchObject({
    status: 403,
    body: { reason: 'partner_unknown' },
  })
  await partners.register({ partnerId: dealer, role: 'dealer' })
  await partners.grant(dealer, [{ door: 'key', kind: 'bikeSold', brand: '*', plant: '*' }])
  expect(await askApi(asPartner(dealer), said)).toMatchObject({
    status: 403,
    body: { reason: 'door_closed' },
  })
  await partners.grant(dealer, [{ door: 'api', kind: 'bikeDelivered', brand: '*', plant: '*' }])
  expect(await askApi(asPartner(dealer), said)).toMatchObject({
    status: 422,
    body: { reason: 'statements_refused', detail: expect.stringContaining('0: outside_grant') },
  })
  await partners.grant(dealer, [{ door: 'api', kind: 'bikeSold', brand: bike.oem, plant: '*' }])
  const foreign = [{ statement: { ...sale, source: `oem:${bike.oem}` } }]
  expect(await askApi(asPartner(dealer), foreign)).toMatchObject({
    status: 403,
    body: { reason: 'source_foreign' },
  })
  expect(await askApi({ subject: 'anna' }, said)).toMatchObject({
    status: 403,
    body: { reason: 'role_missing' },
  })
  const metrics = await (await fetch(`${platform.env.API_ADMIN_URL}/metrics`)).text()
  for (const outcome of ['partner_unknown', 'door_closed', 'outside_grant', 'source_foreign']) {
    expect(metrics).toContain(`api_partner_statements_total{outcome="${outcome}"} 1`)
  }
  expect(await stateOf(sale)).toBeUndefined()
})

test('the platform seals the sale of a dealer once, however often it is said, and its code is for one rider', async () => {
  const said = [{ statement: sale, makeClaimCode: true }, { statement: { ...sale, eventId: 'none' } }]
  const first = await askApi(asPartner(dealer), said)
  expect(first).toMatchObject({
    status: 202,
    body: {
      statements: [
        { outcome: 'accepted', eventId: sale.eventId, statementId: storedId(sale) },
        { outcome: 'refused', reason: 'statement_invalid' },
      ],
    },
  })
  await until('the sale counts', async () => (await stateOf(sale))?.state === 'applied')
  expect(await askApi(asPartner(dealer), said)).toEqual(first)
  const behind = { ...sale, eventId: '01936f00-0000-7000-8000-000000000002' }
  await askApi(asPartner(dealer), [{ statement: behind }])
  await until('what came behind it is judged', async () => (await stateOf(behind)) !== undefined)
  expect(await stateOf(sale)).toEqual({ state: 'applied', judgements: 1 })

  const [{ claimCode = '' } = {}] = first.body.statements as { claimCode?: string }[]
  expect(await platform.sql`select from claim_codes where bike_id = ${bike.bikeId}`).toHaveLength(1)
  expect(await claimBike(platform, { riderId: 'anna', claimCode })).toBe(sale.bikeSold.soldAt)
  await expect(claimBike(platform, { riderId: 'ben', claimCode })).rejects.toThrow('422')
})
