import { beforeAll, expect, test } from 'vitest'
import { uuidText, uuidV7Bytes } from '../../../../proto/codec/ids.ts'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import { newTracks } from '../../../telemetry/ledger/outcome-record.ts'
import type { BookedOutcome } from '../../../telemetry/ledger/port.ts'
import type { Sql } from '../client/connect.ts'
import { createLedgerStore } from './ledger-store.ts'

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  return database.drop
})

type Counts = [outcome: string, reason: string, samples: number][]

function outcome(trackId: string, stage: BookedOutcome['stage'], counts: Counts): BookedOutcome {
  return {
    trackId,
    uploadId: trackId,
    trackIndex: 0,
    sender: 'rider',
    bikeId: trackId,
    stage,
    receivedAtMs: 1_000,
    acceptedSamples: counts.reduce((sum, [, , samples]) => sum + samples, 0),
    deliveryTracks: 1,
    counts: counts.map(([name, reason, samples]) => ({ outcome: name, reason, samples })),
  }
}

const book = (outcomes: readonly BookedOutcome[]) =>
  createLedgerStore(sql).book(outcomes, newTracks(outcomes), [])

async function booksOf(trackId: string) {
  const tracks = await sql<
    { accepted: number }[]
  >`select accepted from ledger_tracks where track_id = ${trackId}`
  const counts = await sql`
    select stage, outcome, reason, samples from ledger_counts where track_id = ${trackId} order by stage, outcome, reason`
  return { accepted: tracks[0]?.accepted, counts: counts.map((row) => Object.values(row).join(' ')) }
}

test('a stage may be booked before normalize is; normalize tells how much was accepted', async () => {
  const id = uuidText(uuidV7Bytes())
  await book([outcome(id, 'search', [['stored', '', 7]])])
  expect(await booksOf(id)).toEqual({ accepted: undefined, counts: ['search stored  7'] })
  await book([
    outcome(id, 'normalize', [
      ['clean', '', 7],
      ['quarantined', 'event_in_future', 2],
    ]),
  ])
  expect(await booksOf(id)).toEqual({
    accepted: 9,
    counts: ['normalize clean  7', 'normalize quarantined event_in_future 2', 'search stored  7'],
  })
})

test('what the edge has counted is what was accepted, also when normalize accounts for less', async () => {
  const id = uuidText(uuidV7Bytes())
  await book([{ ...outcome(id, 'normalize', [['clean', '', 7]]), acceptedSamples: 9 }])
  expect(await booksOf(id)).toEqual({ accepted: 9, counts: ['normalize clean  7'] })
})

test('a later outcome of a stage replaces the earlier one, and only that', async () => {
  const [id, other] = [uuidText(uuidV7Bytes()), uuidText(uuidV7Bytes())]
  const first = [
    outcome(id, 'normalize', [['quarantined', 'bike_unregistered', 5]]),
    outcome(other, 'normalize', [['quarantined', 'bike_unregistered', 3]]),
  ]
  await book(first)
  await book(first)
  await book([outcome(id, 'normalize', [['clean', '', 5]])])
  expect(await booksOf(id)).toEqual({ accepted: 5, counts: ['normalize clean  5'] })
  expect(await booksOf(other)).toEqual({ accepted: 3, counts: ['normalize quarantined bike_unregistered 3'] })
})

test('an outcome without samples leaves no counts', async () => {
  const id = uuidText(uuidV7Bytes())
  await book([outcome(id, 'search', [['stored', '', 7]])])
  await book([outcome(id, 'search', [])])
  expect(await booksOf(id)).toEqual({ accepted: undefined, counts: [] })
})

test.each([[['search', 'latest']], [['normalize', 'search']]] as const)(
  'workers that book %s of the same tracks at once wait for each other, in no circle',
  async (stages) => {
    const ids = Array.from({ length: 1_500 }, () => uuidText(uuidV7Bytes()))
    const bookAll = (order: readonly string[], reason: string) =>
      book(order.flatMap((id) => stages.map((stage) => outcome(id, stage, [['quarantined', reason, 1]]))))
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        bookAll(ids, `a${round}`),
        bookAll(ids.toReversed(), `b${round}`),
        bookAll(ids, `c${round}`),
      ])
    }
    expect((await booksOf(ids[0] as string)).counts).toContainEqual(expect.stringContaining('quarantined'))
  },
)
