// Short rows of settled tracks: they say what the details said, and give way to them when an outcome comes late.
import { beforeAll, expect, test } from 'vitest'
import { uuidText, uuidV7Bytes } from '../../../../proto/codec/ids.ts'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import { readLedger } from '../../../../testkit/ledger.ts'
import { newTracks } from '../../../telemetry/ledger/outcome-record.ts'
import { planSettling } from '../../../telemetry/ledger/plan.ts'
import type { BookedOutcome } from '../../../telemetry/ledger/port.ts'
import type { Sql } from '../client/connect.ts'
import { createLedgerStore } from './ledger-store.ts'
import { createSettlingStore } from './settled-books.ts'
import { tracksOf } from './upload-status.ts'

const dayMs = 86_400_000
const nowMs = Date.now()
const newId = () => uuidText(uuidV7Bytes())

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  // As two processes do that began at the same time.
  await Promise.all([1, 2].map(() => createSettlingStore(sql).keepPartitions(90)))
  return database.drop
})

type Of = Pick<BookedOutcome, 'trackId' | 'uploadId' | 'sender' | 'bikeId'> & Partial<BookedOutcome>

function riders(others: Partial<BookedOutcome> = {}): Of {
  return { trackId: newId(), uploadId: newId(), sender: `rider ${newId()}`, bikeId: newId(), ...others }
}

/** A message is an upload of its own, with the id of its track. */
function modules(): Of {
  const [trackId, bikeId] = [newId(), newId()]
  return { trackId, uploadId: trackId, sender: `bike:${bikeId}`, bikeId }
}

type Line = readonly [stage: BookedOutcome['stage'], outcome: string, samples: number, reason?: string]
const stored: readonly Line[] = [
  ['normalize', 'clean', 20],
  ['search', 'stored', 20],
  ['latest', 'merged', 20],
  ['analytics', 'withheld', 20, 'consent_absent'],
]
const partly: readonly Line[] = [
  ...stored.slice(0, 1),
  ['search', 'duplicate', 5],
  ['search', 'stored', 15],
  ['latest', 'merged', 20],
  ['analytics', 'delivered', 8],
  ['analytics', 'withheld', 4, 'consent_absent'],
  ['analytics', 'withheld', 3, 'consent_not_at_event_time'],
]

const outcomesOf = (of: Of, lines: readonly Line[]): BookedOutcome[] =>
  [...Map.groupBy(lines, ([stage]) => stage)].map(([stage, counts]) => ({
    ...{ trackIndex: 0, receivedAtMs: nowMs - dayMs, acceptedSamples: 20, deliveryTracks: 1, stage, ...of },
    counts: counts.map(([, outcome, samples, reason = '']) => ({ outcome, reason, samples })),
  }))

async function book(of: Of, lines: readonly Line[]): Promise<void> {
  const outcomes = outcomesOf(of, lines)
  await createLedgerStore(sql).book(outcomes, newTracks(outcomes), outcomes)
}

const settle = (keptDays = 90, limit = 1_000) =>
  createSettlingStore(sql).settle({ after: undefined, beforeMs: nowMs - dayMs / 24, limit }, (tracks) =>
    planSettling(tracks, { nowMs, keptDays }),
  )

const booksOf = async ({ trackId }: Of) => [
  ...(await sql`select * from ledger_books where track_id = ${trackId}`),
]

async function rowsOf({ trackId }: Of) {
  const [rows] = await sql`
    select (select count(*)::int from ledger_tracks where track_id = ${trackId}) as tracks,
      (select count(*)::int from ledger_counts where track_id = ${trackId}) as counts,
      (select count(*)::int from ledger_settled where track_id = ${trackId}) as settled`
  return { ...rows }
}
const short = { tracks: 0, counts: 0, settled: 1 }

test.each([
  ['a phone', riders(), stored],
  ['a module', modules(), stored],
  ['a phone, the third of four tracks', riders({ trackIndex: 2, deliveryTracks: 4 }), partly],
  ['a module, with duplicates', modules(), partly],
  ['a phone, without a sample', riders({ acceptedSamples: 0 }), [['normalize', 'clean', 0] as const]],
])('the short row says what the details said: %s', async (_, of, lines) => {
  await book(
    of,
    lines.filter(([, , samples]) => samples > 0).length > 0 ? lines : [['normalize', 'clean', 0]],
  )
  await sql`delete from ledger_counts where samples = 0`
  const before = {
    books: await booksOf(of),
    ledger: await readLedger(sql, { senders: { prefix: of.sender } }),
  }
  await settle()
  expect(await rowsOf(of)).toEqual(short)
  expect(await booksOf(of)).toEqual(before.books)
  expect(await readLedger(sql, { senders: { prefix: of.sender } })).toEqual(before.ledger)
})

test('a rider reads an upload as before, of which one delivery is settled and one is not', async () => {
  const of = riders()
  await book(of, partly)
  await book({ ...of, trackId: newId(), receivedAtMs: nowMs - dayMs / 2 }, stored.slice(0, 2))
  const read = () => tracksOf(sql, { uploadId: of.uploadId, sender: of.sender, deliveries: 4 })
  const before = await read()
  expect(before.tracks).toHaveLength(2)
  await settle()
  expect(await rowsOf(of)).toEqual(short)
  expect(await read()).toEqual(before)
  expect((await tracksOf(sql, { uploadId: of.uploadId, sender: 'another', deliveries: 4 })).tracks).toEqual(
    [],
  )
})

test.each([
  ['a phone', riders()],
  ['a module', modules()],
])(
  'an outcome that comes again changes nothing, and one that says another thing replaces its stage: %s',
  async (_, of) => {
    await book(of, stored)
    const before = await booksOf(of)
    await settle()
    await book(of, stored.slice(1, 2))
    expect(await booksOf(of)).toEqual(before)
    expect(await rowsOf(of)).toEqual({ tracks: 1, counts: 4, settled: 0 })
    await settle()
    await book(of, [
      ['search', 'stored', 19],
      ['search', 'duplicate', 1],
    ])
    await book(of, [['analytics', 'withheld', 19, 'consent_absent']])
    const changed = await booksOf(of)
    expect(changed[0]?.counts).toContainEqual({
      stage: 'search',
      outcome: 'duplicate',
      reason: '',
      samples: 1,
    })
    expect(changed[0]?.counts).toContainEqual({ stage: 'search', outcome: 'stored', reason: '', samples: 19 })
    await settle()
    expect(await rowsOf(of)).toEqual(short)
    expect(await booksOf(of)).toEqual(changed)
  },
)

test('a message of a module that comes again after weeks is the same track', async () => {
  const of = { ...modules(), receivedAtMs: nowMs - 40 * dayMs }
  await book(of, stored)
  await settle()
  const before = await booksOf(of)
  await book({ ...of, receivedAtMs: nowMs }, stored)
  expect(await booksOf(of)).toEqual(before)
  await settle()
  expect(await rowsOf(of)).toEqual(short)
})

test('what was booked of a stage before the track was reopened is newer than the short row', async () => {
  const of = modules()
  await book(of, stored)
  await settle()
  const [search] = outcomesOf(of, [['search', 'duplicate', 20]]) as [BookedOutcome]
  await createLedgerStore(sql).book([search], [], [])
  await book(of, stored.slice(0, 1))
  const [books] = (await booksOf(of)) as { counts: { stage: string }[] }[]
  const ofSearch = books?.counts.filter(({ stage }) => stage === 'search')
  expect(ofSearch).toEqual([{ stage: 'search', outcome: 'duplicate', reason: '', samples: 20 }])
})

test('who books late and who settles, all at once: each track has its books once', async () => {
  const all = Array.from({ length: 200 }, (_, i) => (i % 2 ? riders() : modules()))
  const bookAll = async (tracks: readonly Of[], lines: readonly Line[]) => {
    const outcomes = tracks.flatMap((of) => outcomesOf(of, lines))
    await createLedgerStore(sql).book(outcomes, newTracks(outcomes), outcomes)
  }
  await bookAll(all, stored)
  for (let round = 0; round < 4; round++)
    await Promise.all([
      settle(),
      bookAll(all, stored),
      settle(),
      bookAll(all.toReversed(), stored.slice(1, 2)),
    ])
  await settle()
  const [rows] = await sql`
    select count(*)::int as books, count(distinct track_id)::int as tracks, sum(accepted)::int as accepted,
      (select count(*)::int from ledger_counts where track_id = any(${all.map(({ trackId }) => trackId)}::uuid[])) as details
    from ledger_books where track_id = any(${all.map(({ trackId }) => trackId)}::uuid[])`
  expect({ ...rows }).toEqual({ books: 200, tracks: 200, accepted: 4_000, details: 0 })
})

test('samples in quarantine keep the details of their track, also when it is too old; without them it goes', async () => {
  const [waits, goes] = [riders(), riders()].map((of) => ({ ...of, receivedAtMs: nowMs - 91 * dayMs })) as [
    Of,
    Of,
  ]
  const lines: Line[] = [['normalize', 'quarantined', 20, 'bike_unregistered']]
  for (const track of [waits, goes]) await book(track, lines)
  await sql`
    insert into quarantine (track_id, stage, reason, samples, ranges, detail, record, source, quarantined_at)
    values (${waits.trackId}, 'normalize', 'bike_unregistered', 20, '0+20', '', '', ${newId()}, now())`
  await settle()
  expect(await rowsOf(waits)).toEqual({ tracks: 1, counts: 1, settled: 0 })
  expect(await rowsOf(goes)).toEqual({ tracks: 0, counts: 0, settled: 0 })
})

test('all details are walked, so many at a time', async () => {
  const all = [riders(), riders(), riders()]
  for (const track of all) await book(track, stored.slice(0, 1))
  const seen: string[] = []
  let after: string | undefined
  do {
    const { next } = await createSettlingStore(sql).settle({ after, beforeMs: nowMs, limit: 2 }, (tracks) => {
      seen.push(...tracks.map(({ trackId }) => trackId))
      return { settled: [], expired: [] }
    })
    after = next
  } while (after !== undefined)
  for (const { trackId } of all) expect(seen.filter((id) => id === trackId)).toHaveLength(1)
})

test('partitions of a week are made ahead, and dropped when all of them is too old', async () => {
  const store = createSettlingStore(sql)
  const partitions = async () =>
    (
      await sql`select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = 'ledger_settled'::regclass`
    ).length
  await store.keepPartitions(90)
  const all = await partitions()
  expect([14, 15]).toContain(all)
  const old = { ...riders(), receivedAtMs: nowMs - 60 * dayMs }
  await book(old, stored)
  await settle()
  expect(await rowsOf(old)).toEqual(short)
  await store.keepPartitions(30)
  expect(await partitions()).toBeLessThan(all)
  expect(await booksOf(old)).toEqual([])
  await store.keepPartitions(90)
  expect(await partitions()).toBe(all)
})
