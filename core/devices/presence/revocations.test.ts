import pino from 'pino'
import { expect, test } from 'vitest'
import { failing } from '../../../testkit/fake-ports.ts'
import { createRevocations } from './revocations.ts'

/** Rounds until `rounds` have asked the store. */
async function revoke(
  connections: Record<string, string[]>,
  options: { rounds?: number; close?: () => void } = {},
) {
  const { rounds = 1, close } = options
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
        return Object.keys(connections)
      },
    },
    admin: {
      connectionsOf: async (user) => (connections[user] ?? []).map((name) => ({ name, user })),
      async closeConnection(name, reason) {
        close?.()
        closed.push(`${name} ${reason}`)
        return true
      },
    },
    log: pino({ level: 'silent' }),
    everyMs: 0,
  })
  await loop.run(stop.signal)
  return { closed: closed.sort(), asked, troubles }
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
  expect(troubles).toEqual([undefined, 'ending connections of revoked modules: broker away', undefined])
})
