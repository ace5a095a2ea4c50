import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  QuarantinedTrackSchema,
  StoredTrackSchema,
  TrackOutcomeSchema,
  uuidBytes,
  uuidText,
} from '../../../proto/index.ts'
import { fakeLog, fakeProducer, recordsOf } from '../../../testkit/fake-kafka.ts'
import { failing, fakeConsumer, fakeMetrics, nobodyErased } from '../../../testkit/fake-ports.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import type { ErasedSpans } from '../normalize/port.ts'
import { createNewPartitions, partitionOf, upcoming } from './partitions.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'
import { createMemoryStore, type MemoryStore } from './testing/memory-store.ts'
import { createPartitionMaker, createSearchWorker } from './worker.ts'

const ids = { bikeId: newId(), recorderId: newId() }
const times = (count: number, startMs = 0) => Array.from({ length: count }, (_, i) => startMs + 1_000 * i)

async function run(
  batches: KafkaRecord[][],
  of: { store?: MemoryStore; producer?: () => void; erasedSpans?: ErasedSpans } = {},
) {
  const { store = createMemoryStore(), erasedSpans = nobodyErased } = of
  const happened: string[] = store.asked
  const producer = fakeProducer(happened, of.producer)
  const metrics = fakeMetrics()
  const { log, lines } = fakeLog()
  const consumer = fakeConsumer(batches, happened)
  const newPartitions = createNewPartitions()
  const worker = createSearchWorker({
    consumer,
    producer,
    store,
    erasedSpans,
    newPartitions,
    metrics,
    log,
    namespace: 'n',
  })
  await worker.run(new AbortController().signal)
  return { worker, happened, sent: producer.sent, counts: metrics.counts, lines }
}

test('samples are stored first, then what became of them is sent, then offsets are committed', async () => {
  const { happened, sent, counts, lines, worker } = await run([
    recordsOf([cleanTrack({ ...ids, timesMs: times(3) })]),
  ])
  expect(happened).toEqual([
    'create ride-0 3',
    'sent n.telemetry.stored n.telemetry.outcomes',
    'acknowledged',
  ])
  expect(sent.map(({ topic, key }) => [topic, key.length])).toEqual([
    ['n.telemetry.stored', 16],
    ['n.telemetry.outcomes', 16],
  ])
  expect(fromBinary(StoredTrackSchema, sent[0]?.value as Uint8Array)).toMatchObject({
    samples: [{ first: 0, count: 3 }],
    clean: { riderId: 'rider-1' },
  })
  expect(fromBinary(TrackOutcomeSchema, sent[1]?.value as Uint8Array)).toMatchObject({
    stage: 'search',
    counts: [{ outcome: 'stored', samples: 3 }],
  })
  expect(counts).toEqual({ received: 1, stored: 3, written: 2 })
  expect(lines).toMatchObject([
    { level: 20, trackId: expect.any(String), counts: [{ outcome: 'stored', samples: 3 }] },
  ])
  expect(worker.trouble()).toBeUndefined()
})

test('a conflict goes to quarantine, is counted by its reason and told in the log', async () => {
  const tracks = [1, 2].map((speed) =>
    cleanTrack({ ...ids, timesMs: times(2), columns: [{ key: 'speed_kmh', values: [1, speed] }] }),
  )
  const { sent, counts, lines } = await run([recordsOf(tracks)])
  const quarantined = sent.filter(({ topic }) => topic === 'n.telemetry.quarantine')
  expect(quarantined.map(({ value }) => fromBinary(QuarantinedTrackSchema, value))).toMatchObject([
    { stage: 'search', samples: [{ first: 1, count: 1 }], detail: expect.stringContaining('there first') },
  ])
  expect(counts).toEqual({ received: 2, stored: 2, duplicate: 1, 'quarantined conflict': 1, written: 4 })
  expect(lines.map(({ level }) => level)).toEqual([20, 30])
})

test('what is no clean track is left aside, and holds up nothing', async () => {
  const batch = recordsOf([Buffer.from('none'), null, cleanTrack({ ...ids, timesMs: times(1) })], {
    topic: 'clean',
  })
  const { counts, lines } = await run([batch])
  expect(counts).toEqual({ received: 3, failed: 2, stored: 1, written: 2 })
  expect(lines[0]).toMatchObject({ level: 50, topic: 'clean', partition: 0, offset: '0' })
})

test('a batch without a track sends nothing', async () => {
  expect((await run([recordsOf([null])])).happened).toEqual(['acknowledged'])
})

test('while Kafka is away the batch is not acknowledged; when it comes again its samples are still its own', async () => {
  const batch = recordsOf([cleanTrack({ ...ids, timesMs: times(2) })])
  const { happened, counts } = await run([batch], { producer: failing(1, 'away') })
  expect(happened).toEqual([
    'create ride-0 2',
    'away',
    'create ride-0 2',
    'get ride-0 2',
    'sent n.telemetry.stored n.telemetry.outcomes',
    'acknowledged',
  ])
  expect(counts).toEqual({ received: 2, stored: 2, written: 2 })
})

test('what was clean before an erasure is not stored after it, and without the spans nothing is', async () => {
  const spans = [{ name: 'erased:e', fromMs: 1_000, untilMs: 2_000 }]
  const asked: (readonly string[])[] = []
  const erasedSpans = {
    async find(bikeIds: readonly string[]) {
      asked.push(bikeIds)
      if (asked.length === 1) throw new Error('away')
      return new Map([[ids.bikeId, spans]])
    },
  }
  const batch = recordsOf([cleanTrack({ ...ids, timesMs: times(3) })], { key: uuidBytes(ids.bikeId) })
  const { happened, sent, counts } = await run([batch], { erasedSpans })
  expect(asked).toEqual([[ids.bikeId], [ids.bikeId]])
  expect(happened.slice(0, 2)).toEqual(['away', 'create ride-0 2'])
  expect(fromBinary(StoredTrackSchema, sent[0]?.value as Uint8Array).samples).toMatchObject([
    { first: 0, count: 1 },
    { first: 2, count: 1 },
  ])
  expect(fromBinary(TrackOutcomeSchema, sent[1]?.value as Uint8Array).sender).toBe('erased:e')
  expect(counts).toMatchObject({ stored: 2, refused_by_erasure: 1 })
})

test('what holds a batch up is trouble until it is done', async () => {
  const store = createMemoryStore()
  let seen: string | undefined
  const { worker } = await (async () => {
    const metrics = fakeMetrics()
    const { log } = fakeLog()
    const consumer = fakeConsumer([recordsOf([cleanTrack({ ...ids, timesMs: times(1) })])])
    const made = createSearchWorker({
      consumer,
      producer: fakeProducer(),
      store,
      erasedSpans: nobodyErased,
      newPartitions: createNewPartitions(),
      metrics,
      log,
      namespace: '',
    })
    store.answers.push(
      () => ({ type: 'busy', detail: 'queue is full' }),
      () => {
        seen = made.trouble()
        return undefined
      },
    )
    await made.run(new AbortController().signal)
    return { worker: made }
  })()
  expect(seen).toBe('Elasticsearch: queue is full')
  expect(worker.trouble()).toBeUndefined()
})

test('a store that fails as a whole fails the batch, which comes again', async () => {
  const store = createMemoryStore()
  store.answers.push(() => {
    throw new Error('unreachable')
  })
  const { happened } = await run([recordsOf([cleanTrack({ ...ids, timesMs: times(1) })])], { store })
  expect(happened.slice(0, 3)).toEqual(['create ride-0 1', 'unreachable', 'create ride-0 1'])
})

test('bulks are of at most 5,000 documents', async () => {
  const tracks = Array.from({ length: 3 }, (_, i) =>
    cleanTrack({ ...ids, timesMs: times(4_000, 4_000_000 * i) }),
  )
  const { happened, counts } = await run([recordsOf(tracks)])
  expect(happened.filter((what) => what.startsWith('create'))).toEqual([
    'create ride-0 5000',
    'create ride-0 5000',
    'create ride-0 2000',
  ])
  expect(counts).toMatchObject({ stored: 12_000 })
  expect(uuidText(Buffer.from(ids.bikeId.replaceAll('-', ''), 'hex'))).toBe(ids.bikeId)
})

test('a track that is parked goes to quarantine alone: nothing of it is booked until it comes back', async () => {
  const store = createMemoryStore()
  store.names = []
  const { sent, counts, lines } = await run([recordsOf([cleanTrack({ ...ids, timesMs: times(3) })])], {
    store,
  })
  expect(sent.map(({ topic }) => topic)).toEqual(['n.telemetry.quarantine'])
  expect(fromBinary(QuarantinedTrackSchema, sent[0]?.value as Uint8Array)).toMatchObject({
    ...{ stage: 'search', samples: [{ first: 0, count: 3 }], detail: 'its partition is being made' },
  })
  expect(counts.written).toBe(1)
  expect(lines[0]).toMatchObject({ counts: [{ reason: 'partition_pending', samples: 3 }] })
})

test('the maker prepares what is upcoming, then makes what is asked for; one that has no room holds up no other', async () => {
  const stop = new AbortController()
  const made: string[] = []
  const newPartitions = createNewPartitions()
  const [january, february] = [0, 1].map((month) => partitionOf('ride', Date.UTC(2010, month)))
  for (const partition of [january, february]) newPartitions.ask(partition as never, ['anna'])
  const { log, lines } = fakeLog()
  const maker = createPartitionMaker({
    store: {
      generations: async ({ group }) => (group === 'ride' ? ['there'] : []),
      async makePartition({ group, fromMs }) {
        made.push(fromMs > Date.now() - 32 * 86_400_000 ? group : new Date(fromMs).toISOString().slice(0, 7))
        if (fromMs === february?.fromMs) stop.abort()
        return fromMs === january?.fromMs ? 'too many shards' : undefined
      },
    },
    newPartitions,
    log,
  })
  await maker.run(stop.signal)
  const prepared = upcoming(Date.now()).flatMap(({ group }) => (group === 'ride' ? [] : [group]))
  expect(made).toEqual([...prepared, '2010-01', '2010-02'])
  expect(newPartitions.ask(january as never, ['anna'])).toBe('too many shards')
  expect(lines).toEqual([])
})

test('without the engine the maker says so, and tries the same one again', async () => {
  const stop = new AbortController()
  const newPartitions = createNewPartitions()
  newPartitions.ask(partitionOf('ride', 0), ['anna'])
  const failures = [new Error('away'), undefined]
  let trouble: string | undefined
  const maker = createPartitionMaker({
    store: {
      generations: async () => ['there'],
      async makePartition() {
        trouble ??= maker.trouble()
        const failure = failures.shift()
        if (failure !== undefined) throw failure
        stop.abort()
        return undefined
      },
    },
    newPartitions,
    log: fakeLog().log,
  })
  await maker.run(stop.signal)
  expect(trouble).toBe('making partitions: away')
  expect(newPartitions.next()).toBeUndefined()
})

test('a stop does not wait for the partition that is being made', async () => {
  const stop = new AbortController()
  const newPartitions = createNewPartitions()
  newPartitions.ask(partitionOf('ride', 0), ['anna'])
  const store = {
    generations: async () => ['there'],
    makePartition: () => {
      stop.abort()
      return new Promise<undefined>(() => undefined)
    },
  }
  await createPartitionMaker({ store, newPartitions, log: fakeLog().log }).run(stop.signal)
  expect(newPartitions.next()).toEqual(partitionOf('ride', 0))
})
