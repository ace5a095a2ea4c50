import { expect, test } from 'vitest'
import { fitted, sold } from '../testing/statements.ts'
import { createFleetReader } from './reader.ts'
import type { RecordStore, StoredHistoryItem } from './reader-port.ts'

const nothing = { rows: [], next: undefined }

function storeWith(facts: Partial<RecordStore>): RecordStore {
  return {
    searchNumber: async () => nothing,
    searchId: async () => nothing,
    bike: async () => undefined,
    component: async () => undefined,
    frameNumbers: async () => [],
    history: async () => nothing,
    ...facts,
  }
}

const id = '01936f00-0000-7000-8000-00000000000a'

test.each([
  ['a number, normalised as statements are', ' ba 1 ', 'number BA1'],
  ['a number, with the dash of its label', 'ba\u20131\u200b', 'number BA-1'],
  ['an id', ` ${id} `, `id ${id}`],
])('words are searched for as %s', async (_, words, expected) => {
  const asked: string[] = []
  const reader = createFleetReader(
    storeWith({
      async searchNumber(begin) {
        asked.push(`number ${begin}`)
        return nothing
      },
      async searchId(found) {
        asked.push(`id ${found}`)
        return nothing
      },
    }),
  )
  await reader.search(words, { limit: 10 })
  expect(asked).toEqual([expected])
})

const stated = {
  kind: 'statement',
  atMs: 1,
  eventId: 'e',
  source: 's',
  says: 'bikeSold',
  state: 'applied',
} as const

const historyOf = (...rows: StoredHistoryItem[]) =>
  createFleetReader(storeWith({ history: async () => ({ rows, next: 'more' }) })).history(id, { limit: 10 })

test('no item of the history names a rider', async () => {
  const sale = { ...stated, occurredAtMs: 1, event: sold('anna', 5) }
  const row = { bike_id: id, rider_id: 'anna', owned: '[,)' }
  const found = await historyOf(sale, { kind: 'superseded', atMs: 2, table: 'ownerships', row })
  expect(JSON.stringify(found)).not.toContain('anna')
  expect(found?.rows).toMatchObject([
    { eventId: 'e', statement: { bikeSold: { frameNumber: 'F-ANNA' } } },
    { row: { bike_id: id, owned: '[,)' } },
  ])
  expect(found?.next).toBe('more')
})

test('what names no rider is shown as it is', async () => {
  const found = await historyOf({ ...stated, occurredAtMs: 1, event: fitted('BA2') })
  expect(found?.rows[0]).toMatchObject({ statement: { componentInstalled: { frameNumber: 'F-BEN' } } })
})

test('the history is asked for under every name of the bike, and a bike that is not there has none', async () => {
  const asked: unknown[] = []
  const store = storeWith({
    frameNumbers: async () => ['F-1', 'F-OLD'],
    async history(of) {
      asked.push(of)
      return nothing
    },
  })
  await createFleetReader(store).history(id, { limit: 10 })
  expect(asked).toEqual([{ bikeId: id, subjects: [`bike:${id}`, 'frame:F-1', 'frame:F-OLD'] }])
  const unknown = createFleetReader(storeWith({ frameNumbers: async () => undefined }))
  expect(await unknown.history(id, { limit: 10 })).toBeUndefined()
})
