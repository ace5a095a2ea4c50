// Whose word about a clock holds, on the real PostgreSQL.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { create, toBinary } from '@bufbuild/protobuf'
import { beforeAll, expect, test } from 'vitest'
import { RawTrackSchema, uuidText, uuidV7Bytes } from '../../../proto/index.ts'
import { createTestDatabase } from '../../../testkit/engines.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { clocksOf, createClockStore } from '../../engines/postgres/telemetry/normalize-stores.ts'
import { decisionFor } from './clock.ts'
import type { ArrivedTrack, KnownBike } from './port.ts'
import { settleClocks } from './worker.ts'

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  return database.drop
})

const nowMs = Date.UTC(2030, 4, 1, 12)
const bike: KnownBike = {
  bikeId: randomUUID(),
  version: 1,
  producedAtMs: Date.UTC(2025, 0, 1),
  devices: [],
  ownerships: ['anna', 'ben'].map((riderId) => ({ riderId, fromMs: 0, untilMs: Number.POSITIVE_INFINITY })),
}

interface Said {
  readonly sender: string
  readonly recorderId: string
  /** The wall clock is behind by so much. */
  readonly slowMs?: number
  /** Milliseconds since the device booted, where it tells. */
  readonly bootedForMs?: number
  readonly receivedAtMs?: number
  readonly uploadId?: Uint8Array
}

function arrived({ sender, recorderId, slowMs = 0, bootedForMs, ...more }: Said): ArrivedTrack {
  const { receivedAtMs = nowMs, uploadId = uuidV7Bytes() } = more
  const timesMs = Float64Array.from({ length: 5 }, (_, i) => receivedAtMs - slowMs - 600_000 + i * 1_000)
  const monotonicStartMs = bootedForMs === undefined ? undefined : bootedForMs - 600_000
  const raw = create(RawTrackSchema, {
    ...{ trackId: uuidV7Bytes(), uploadId, sender, receivedAtMs: BigInt(receivedAtMs) },
    attempt: {
      ...{ sentAtMs: BigInt(receivedAtMs - slowMs), bootId: 1, clockEpoch: 3 },
      monotonicMs: BigInt(bootedForMs ?? 0),
    },
  })
  const clock = { bootId: 1, clockEpoch: 3, ...(monotonicStartMs !== undefined && { monotonicStartMs }) }
  const track = { bikeId: bike.bikeId, recorderId, kind: 'ride', clock, timesMs, columns: [] } as const
  return {
    ...{ record: toBinary(RawTrackSchema, raw), raw, trackId: uuidText(raw.trackId), receivedAtMs },
    track: { ...track, columns: [] },
  }
}

/** The offset that holds for each track of a batch. */
async function offsetsOf(...batch: ArrivedTrack[]): Promise<number[]> {
  const known = await settleClocks(batch, () => bike, createClockStore(sql))
  return batch.map((each) => decisionFor(each, known.get(each) ?? {}).offsetMs)
}

const hour = 3_600_000

test('a stranger who names another’s recorder decides nothing about it', async () => {
  const recorderId = randomUUID()
  expect(await offsetsOf(arrived({ sender: 'ben', recorderId, slowMs: 30 * hour }))).toEqual([30 * hour])
  expect(await offsetsOf(arrived({ sender: 'anna', recorderId }))).toEqual([0])
  const decisions = await clocksOf(sql, recorderId, 10)
  expect(decisions.map(({ sender, offsetMs }) => [sender, offsetMs]).sort()).toEqual([
    ['anna', 0],
    ['ben', 30 * hour],
  ])
})

test('two installations from one backup, with one recorder and epoch, are each right by their own monotonic clock', async () => {
  const recorderId = randomUUID()
  const first = { sender: 'anna', recorderId, slowMs: 2 * hour, bootedForMs: 5 * hour }
  const second = { sender: 'anna', recorderId, slowMs: -hour, bootedForMs: 70 * hour }
  expect(await offsetsOf(arrived(first))).toEqual([2 * hour])
  expect(await offsetsOf(arrived(second), arrived(first))).toEqual([-hour, 2 * hour])
})

test('a decision is never revised', async () => {
  const recorderId = randomUUID()
  const said = { sender: 'anna', recorderId }
  expect(await offsetsOf(arrived({ ...said, slowMs: 2 * hour }))).toEqual([2 * hour])
  expect(await offsetsOf(arrived({ ...said, slowMs: 5 * hour }))).toEqual([2 * hour])
  expect(await clocksOf(sql, recorderId, 10)).toHaveLength(1)
})

test('what was decided before senders counted holds for the tracks that it decided, and for no later stranger', async () => {
  const migration = await readFile(
    new URL('../../engines/postgres/migrations/0014_clocks.sql', import.meta.url),
    'utf8',
  )
  const recorderId = randomUUID()
  const [trackId, uploadId] = [randomUUID(), uuidV7Bytes()]
  // The tables of before, with a row that ben's track decided.
  await sql`drop table clock_decisions, former_clock_decisions`
  await sql`
    create table clock_offsets (
      recorder_id uuid not null, clock_epoch bigint not null, rule text not null, offset_ms bigint not null,
      decided_by uuid not null, decided_at timestamptz not null default now(), primary key (recorder_id, clock_epoch))`
  await sql`insert into clock_offsets values (${recorderId}, 3, 'sent_at', ${30 * hour}, ${trackId}, '2026-11-01')`
  await sql`
    insert into ledger_tracks values
      (${trackId}, ${uuidText(uploadId)}, 0, ${randomUUID()}, 'ben', '2026-11-01', 1, 5)`
  await sql.unsafe(migration)
  const before = Date.UTC(2026, 10, 2)
  const replayed = arrived({ sender: 'anna', recorderId, receivedAtMs: before })
  const repeated = arrived({ sender: 'ben', recorderId, uploadId, slowMs: hour })
  expect(await offsetsOf(replayed, repeated)).toEqual([30 * hour, 30 * hour])
  expect(await offsetsOf(arrived({ sender: 'anna', recorderId }))).toEqual([0])
  expect(await offsetsOf(arrived({ sender: 'ben', recorderId, slowMs: hour }))).toEqual([30 * hour])
})
