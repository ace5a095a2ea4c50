import pino from 'pino'
import { expect, test } from 'vitest'
import { failing } from '../../../testkit/fake-ports.ts'
import type { EndedCertificate } from './port.ts'
import { createRevocations } from './revocations.ts'

/** Rounds until `rounds` have asked the store. */
async function revoke(
  connections: Record<string, string[]>,
  options: {
    rounds?: number
    close?: () => void
    certificates?: readonly { deviceId: string; certificate?: string; reason: EndedCertificate['reason'] }[]
    byUser?: Record<string, string[]>
    suspended?: readonly string[]
  } = {},
) {
  const { rounds = 1, close, certificates = [], byUser = {}, suspended = [] } = options
  const lookedFor: object[] = []
  const counts: string[] = []
  const stop = new AbortController()
  const closed: string[] = []
  const asked: number[][] = []
  const troubles: (string | undefined)[] = []
  const loop = createRevocations({
    store: {
      async revoked(recentMs, limit) {
        asked.push([recentMs, limit])
        troubles.push(loop.trouble())
        if (asked.length === rounds) stop.abort()
        return Object.keys(connections).map((deviceId) => ({ deviceId, certificates: [undefined] }))
      },
      async suspended() {
        return suspended.map((deviceId) => ({ deviceId, certificates: ['0a'] }))
      },
      async ended(of) {
        lookedFor.push(of)
        return certificates.map((each) => ({ ...each, certificates: [each.certificate] }))
      },
    },
    admin: {
      connectionsOf: async (user) =>
        (connections[user] ?? byUser[user] ?? []).map((name) => ({ name, user, connectedAtMs: 0 })),
      async closeConnection(name, reason) {
        close?.()
        closed.push(`${name} ${reason}`)
        return true
      },
    },
    metrics: { ended: (reason, count) => counts.push(`${reason} ${count}`) },
    log: pino({ level: 'silent' }),
    everyMs: 0,
  })
  await loop.run(stop.signal)
  return { closed: closed.sort(), asked, troubles, lookedFor, counts }
}

test('every connection of every revoked module is ended, a bounded number of modules at once', async () => {
  const { closed, asked } = await revoke({ d1: ['c1', 'c2'], d2: ['c3'], d3: [] })
  expect(closed).toEqual(['c1 revoked', 'c2 revoked', 'c3 revoked'])
  expect(asked).toEqual([[60_000, 100]])
})

test('it goes on: who was revoked a moment ago may come back once', async () => {
  expect((await revoke({ d1: ['c1'] }, { rounds: 3 })).closed).toHaveLength(3)
})

test('a broker that does not answer is trouble, until it does', async () => {
  const { closed, troubles } = await revoke({ d1: ['c1'] }, { rounds: 3, close: failing(1, 'broker away') })
  expect(closed).toHaveLength(2)
  expect(troubles).toEqual([
    undefined,
    'ending connections of modules out of service: broker away',
    undefined,
  ])
})

test('of certificates that are over, only the connections by those are ended, each for its reason', async () => {
  const { closed, counts } = await revoke(
    {},
    {
      certificates: [
        { deviceId: 'd1', certificate: '0a', reason: 'certificate_revoked' },
        { deviceId: 'd2', certificate: '0b', reason: 'certificate_ended' },
        { deviceId: 'd3', reason: 'certificate_ended' },
      ],
      byUser: {
        ...{ 'SERIALNUMBER=0a,CN=d1': ['c1'], 'SERIALNUMBER=0c,CN=d1': ['c2'] },
        ...{ 'SERIALNUMBER=0b,CN=d2': ['c3', 'c4'], 'CN=d3': ['c5'] },
      },
    },
  )
  expect(closed).toEqual([
    ...['c1 certificate_revoked', 'c3 certificate_ended', 'c4 certificate_ended', 'c5 certificate_ended'],
  ])
  expect(counts).toEqual(['certificate_revoked 1', 'certificate_ended 2', 'certificate_ended 1'])
})

test('connections of suspended modules are ended for that reason', async () => {
  const byUser = { 'SERIALNUMBER=0a,CN=d1': ['c1', 'c2'], 'SERIALNUMBER=0a,CN=d2': ['c3'] }
  const { closed, counts } = await revoke({}, { suspended: ['d1'], byUser })
  expect(closed).toEqual(['c1 suspended', 'c2 suspended'])
  expect(counts).toEqual(['suspended 2'])
})

test('at its start it looks back as far as certificates live, afterwards as far as its last look', async () => {
  const { lookedFor } = await revoke({}, { rounds: 2 })
  expect(lookedFor[0]).toEqual({ recentMs: 60_000, sinceMs: 400 * 86_400_000, limit: 100 })
  expect(lookedFor[1]).toMatchObject({ recentMs: 60_000 })
  expect((lookedFor[1] as { sinceMs: number }).sinceMs).toBeLessThan(120_000)
})
