import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { beforeEach, expect, test } from 'vitest'
import type { StaffAccess } from '../staff/access-log/port.ts'
import { createApi } from './app.ts'
import { createApiMetrics } from './metrics.ts'
import type { ApiStores } from './port.ts'
import { authenticateByName } from './testing/callers.ts'

const bikeId = randomUUID()
const proposalId = randomUUID()
let recorded: StaffAccess[]
let isAway: boolean
beforeEach(() => {
  recorded = []
  isAway = false
})

const proposal = {
  ...{
    proposalId,
    kind: 'ownership_case',
    subject: bikeId,
    payload: {},
    reason: 'sold',
    proposedBy: 'staff:max',
  },
  effects: [{ who: 'rider anna', change: 'loses', what: 'the bike' }],
  ...{ proposedAtMs: 0, expiresAtMs: 1, decision: undefined, outcome: undefined },
}
/** Anna owns the bike, and so does Lena, who is staff, too. */
const stores = {
  isRegistered: async () => true,
  ownershipsOf: async (_: string, rider: string) =>
    ['anna', 'lena'].includes(rider) ? [{ fromMs: 0, untilMs: Number.POSITIVE_INFINITY, now: true }] : [],
  latestOf: async () => [{ group: 'ride', eventAtMs: 7, receivedAtMs: 8, values: { speed_kmh: 3 } }],
  presenceOf: async () => undefined,
  fleet: { search: async () => ({ rows: [], next: undefined }) },
  approvals: { find: async () => proposal, decide: async () => ({ proposal }) },
  accesses: {
    record: async (access: StaffAccess) => {
      if (isAway) throw new Error('away')
      recorded.push(access)
    },
  },
}
const api = createApi({
  authenticate: authenticateByName,
  stores: stores as unknown as ApiStores,
  metrics: createApiMetrics(),
  log: pino({ level: 'silent' }),
  stopping: new AbortController().signal,
})
const latest = `/v1/bikes/${bikeId}/latest`

async function ask(path: string, as: string, { reason, ...init }: RequestInit & { reason?: string } = {}) {
  const headers = { authorization: as, ...(reason !== undefined && { 'access-reason': reason }) }
  const response = await api.request(path, { ...init, headers })
  return { status: response.status, body: await response.json() }
}

test('staff read a bike with a reason, which is logged with whose data were shown', async () => {
  expect(await ask(latest, 'eva read', { reason: ' ticket 7 ' })).toMatchObject({ status: 200 })
  expect(recorded).toEqual([
    { who: 'staff:eva', operation: 'readLatest', reason: 'ticket 7', bikes: [{ bikeId, fromMs: 7 }] },
  ])
})

test.each([undefined, '', '  ', 'a b', 'x'.repeat(501), 'f\u00fcr anna'])('no reason: %j', async (reason) => {
  for (const path of [latest, `/v1/staff/proposals/${proposalId}`]) {
    const answer = await ask(path, 'eva read', reason === undefined ? {} : { reason })
    expect(answer).toMatchObject({ status: 400, body: { reason: 'reason_missing' } })
  }
  expect(recorded).toEqual([])
})

test('nothing is shown that cannot be logged', async () => {
  isAway = true
  const answer = await ask(latest, 'eva read', { reason: 'ticket 7' })
  expect(answer).toMatchObject({ status: 503, body: { reason: 'store_unavailable' } })
  expect(JSON.stringify(answer.body)).not.toContain('speed_kmh')
})

test('who owns the bike reads it without a reason, and is not logged', async () => {
  expect(await ask(latest, 'anna')).toMatchObject({ status: 200 })
  expect(await ask(latest, 'anna', { reason: 'just so' })).toMatchObject({ status: 200 })
  expect(await ask(latest, 'lena read')).toMatchObject({ status: 200 })
  expect(recorded).toEqual([])
  expect(await ask(latest, 'lena read', { reason: 'ticket 7' })).toMatchObject({ status: 200 })
  expect(recorded).toHaveLength(1)
})

test('what shows nobody’s data needs no reason', async () => {
  expect(await ask('/v1/fleet/search?q=FR', 'eva read')).toMatchObject({ status: 200 })
  expect(recorded).toEqual([])
})

test('the reason of an act is the one in its body, and riders who are named are concerned', async () => {
  const body = JSON.stringify({ reason: 'seen the invoice' })
  const path = `/v1/staff/proposals/${proposalId}/approval`
  expect(await ask(path, 'eva approve', { method: 'POST', body })).toMatchObject({ status: 200 })
  expect(recorded).toEqual([
    {
      who: 'staff:eva',
      operation: 'approveProposal',
      reason: 'seen the invoice',
      riders: ['anna'],
      bikes: [],
    },
  ])
})

test.each([
  ['/v1/nothing', 404],
  ['/v1/bikes/x/latest', 400],
  [latest, 200],
])('HEAD %s has the status of GET', async (path, status) => {
  for (const method of ['GET', 'HEAD']) {
    const response = await api.request(path, { method, headers: { authorization: 'anna' } })
    expect(response.status, method).toBe(status)
  }
})
