import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  QuarantinedTrackSchema,
  QuarantineReason,
  RawTrackSchema,
  uuidBytes,
  uuidText,
  uuidV7Bytes,
} from '../../../proto/index.ts'
import { fakeLog, fakeProducer, recordsOf } from '../../../testkit/fake-kafka.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import type { KeptEntry, PendingEntry, QuarantineEntry, Wait } from './port.ts'
import { replay } from './replay.ts'
import { createWakeWaiting } from './waiting.ts'
import { createQuarantineWorker } from './worker.ts'

const bikeId = uuidText(uuidV7Bytes())

function quarantined(trackId: Uint8Array, samples: number): Uint8Array {
  const raw = { trackId, uploadId: uuidV7Bytes(), receivedAtMs: 1_000n }
  const ranges = [{ first: 0, count: samples }]
  const value = { raw, reason: QuarantineReason.BIKE_FOREIGN, samples: ranges, stage: 'normalize' }
  return toBinary(QuarantinedTrackSchema, create(QuarantinedTrackSchema, value))
}

async function run(batches: KafkaRecord[][], fail: { add?: () => void; wake?: () => void } = {}) {
  const happened: string[] = []
  const added: QuarantineEntry[] = []
  const metrics = fakeMetrics()
  const { log, lines } = fakeLog()
  const sources = new Set<string>()
  const worker = createQuarantineWorker({
    consumer: fakeConsumer(batches, happened),
    store: {
      async add(entries) {
        fail.add?.()
        const fresh = entries.filter(({ source }) => !sources.has(source))
        for (const { source } of fresh) sources.add(source)
        added.push(...fresh)
        happened.push('added')
        return fresh.length
      },
    },
    room: {
      async admit(entries) {
        const isBeyond = ({ samples }: QuarantineEntry) => samples > 100
        return { kept: entries.filter((each) => !isBeyond(each)), beyond: entries.filter(isBeyond) }
      },
    },
    async wakeWaiting(bikeIds) {
      fail.wake?.()
      happened.push(`woke ${bikeIds.join()}`)
      return bikeIds.length
    },
    metrics: { ...metrics, beyondBound: (samples) => metrics.records('failed', samples) },
    log,
  })
  await worker.run(new AbortController().signal)
  expect(worker.trouble()).toBeUndefined()
  return { happened, added, counts: metrics.counts, lines }
}

const options = { topic: 'quarantine', key: uuidBytes(bikeId) }

test('entries are added, then what waits for their bikes is woken, once a bike; then the batch is acknowledged', async () => {
  const batch = recordsOf([quarantined(uuidV7Bytes(), 2), quarantined(uuidV7Bytes(), 3)], options)
  const { happened, added, counts, lines } = await run([batch])
  expect(happened).toEqual(['added', `woke ${bikeId}`, 'acknowledged'])
  expect(added.map(({ samples }) => samples)).toEqual([2, 3])
  expect(counts).toEqual({ received: 2, written: 2, 'quarantined bike_foreign': 5 })
  expect(lines[0]).toMatchObject({ tracks: 1, level: 30 })
})

test('a batch that comes again adds nothing, and is counted as repeated', async () => {
  const batch = recordsOf([quarantined(uuidV7Bytes(), 1)], options)
  const { added, counts } = await run([batch, batch])
  expect(added).toHaveLength(1)
  expect(counts).toMatchObject({ received: 2, written: 1, repeated: 1 })
})

test('what is beyond the bound of its bike is left in the topic, counted and told; the rest is kept', async () => {
  const batch = recordsOf([quarantined(uuidV7Bytes(), 2), quarantined(uuidV7Bytes(), 101)], options)
  const { added, counts, lines } = await run([batch])
  expect(added.map(({ samples }) => samples)).toEqual([2])
  expect(counts).toMatchObject({ received: 2, written: 1, failed: 101 })
  expect(lines[0]).toMatchObject({ bikeIds: [bikeId], tracks: 1, reason: 'bike_bound_exceeded' })
})

test('what is no quarantined track is left aside, and wakes nobody', async () => {
  const { happened, counts, lines } = await run([recordsOf([Buffer.from('none'), null])])
  expect(happened).toEqual(['added', 'woke ', 'acknowledged'])
  expect(counts).toMatchObject({ received: 2, failed: 1 })
  expect(lines[0]).toMatchObject({ partition: 0, offset: '0' })
})

test.each([
  ['add', ['away', 'added', `woke ${bikeId}`, 'acknowledged']],
  ['wake', ['added', 'away', 'added', `woke ${bikeId}`, 'acknowledged']],
] as const)('a batch whose %s fails comes again', async (step, expected) => {
  const batch = recordsOf([quarantined(uuidV7Bytes(), 1)], options)
  expect((await run([batch], { [step]: failing(1, 'away') })).happened).toEqual(expected)
})

/** A store of entries of which each page is what is still pending. */
function storeOf(entries: KeptEntry[]) {
  const asked: { wait: Wait; limit: number }[] = []
  const pending = (limit: number): PendingEntry[] =>
    entries.slice(0, limit).map(({ id, record }) => ({ id, bytes: record.length }))
  return {
    asked,
    pending: async (_: object, limit: number) => pending(limit),
    async waiting(wait: Wait, limit: number) {
      asked.push({ wait, limit })
      return pending(limit)
    },
    async replay(ids: readonly string[], send: (entries: readonly KeptEntry[]) => Promise<void>) {
      const chosen = entries.filter(({ id }) => ids.includes(id))
      await send(chosen)
      entries.splice(0, entries.length, ...entries.filter((entry) => !chosen.includes(entry)))
      return chosen.length
    },
  }
}

function kept(id: string, trackId: string | null): KeptEntry {
  const track = trackId === null ? uuidV7Bytes() : uuidBytes(trackId)
  return {
    ...{ id, trackId, uploadId: null, bikeId, stage: 'normalize', reason: 'bike_foreign', samples: 1 },
    ...{ ranges: '0+1', detail: '', quarantinedAtMs: 1, receivedAtMs: 1, bikeVersion: 1, replayedAtMs: null },
    record: quarantined(track, 1),
  }
}

test('a track that is kept for two reasons is sent once, with its bike as key', async () => {
  const trackId = uuidText(uuidV7Bytes())
  const store = storeOf([kept('1', trackId), kept('2', trackId), kept('3', null)])
  const producer = fakeProducer()
  expect(await replay({ store, producer, rawTopic: 'raw', filter: {}, limit: 10 })).toEqual({
    entries: 3,
    tracks: 2,
  })
  expect(producer.sent.map(({ topic, key }) => [topic, uuidText(key)])).toEqual([
    ['raw', bikeId],
    ['raw', bikeId],
  ])
  expect(uuidText(fromBinary(RawTrackSchema, producer.sent[0]?.value as Uint8Array).trackId)).toBe(trackId)
})

test('what waits is woken until nothing waits any more, more than one page of it too', async () => {
  const entries = Array.from({ length: 5_001 }, (_, i) => kept(String(i), uuidText(uuidV7Bytes())))
  const store = storeOf(entries)
  const producer = fakeProducer()
  const wake = createWakeWaiting({ store, producer, rawTopic: 'raw' })
  expect(await wake([bikeId])).toBe(5_001)
  expect(producer.sent).toHaveLength(5_001)
  expect(store.asked).toHaveLength(2)
  expect(store.asked[0]?.wait).toEqual({
    bikeIds: [bikeId],
    stage: 'normalize',
    reasons: [
      'bike_unregistered',
      'bike_foreign',
      'event_before_bike',
      'device_mismatch',
      'before_enrolment',
    ],
  })
})

test('without bikes nobody is asked', async () => {
  const store = storeOf([])
  expect(await createWakeWaiting({ store, producer: fakeProducer(), rawTopic: 'raw' })([])).toBe(0)
  expect(store.asked).toEqual([])
})
