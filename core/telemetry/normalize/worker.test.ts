import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  CleanTrackSchema,
  ClockRule,
  QuarantinedTrackSchema,
  QuarantineReason,
  RawTrackSchema,
  type Track,
  TrackOutcomeSchema,
  uuidBytes,
  uuidText,
  uuidV7Bytes,
  writeTrack,
} from '../../../proto/index.ts'
import { fakeLog, fakeProducer, recordsOf } from '../../../testkit/fake-kafka.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { samplesAtOnce } from '../../runtime/slices.ts'
import { bikeLifetimeMs, cacheRegistry } from './caching.ts'
import type { KnownBike, Tombstone } from './port.ts'
import { memoryClockStore } from './testing/memory-clock-store.ts'
import { createNormalizeWorker } from './worker.ts'

const bikeId = uuidText(uuidV7Bytes())
const recorderId = uuidText(uuidV7Bytes())
const receivedAtMs = Date.UTC(2026, 4, 1)
const topics = { clean: 'clean', quarantine: 'quarantine', outcomes: 'outcomes' }
const anna = { riderId: 'anna', fromMs: 0, untilMs: Number.POSITIVE_INFINITY }
const bike: KnownBike = { bikeId, version: 3, producedAtMs: 0, ownerships: [anna], devices: [] }

interface Sent {
  timesMs?: number[]
  sender?: string
  trackId?: Uint8Array
  clockEpoch?: number
  attempt?: { sentAtMs: bigint; clockEpoch: number }
}

function raw({
  timesMs = [receivedAtMs - 2_000],
  sender = 'anna',
  trackId,
  clockEpoch = 1,
  attempt,
}: Sent = {}) {
  const columns: Track['columns'] = [{ key: 'speed_kmh', values: timesMs.map(() => 20_000) }]
  const track: Track = {
    bikeId,
    recorderId,
    kind: 'ride',
    clock: { bootId: 1, clockEpoch },
    timesMs,
    columns,
  }
  const value = create(RawTrackSchema, {
    trackId: trackId ?? uuidV7Bytes(),
    uploadId: uuidV7Bytes(),
    sender,
    receivedAtMs: BigInt(receivedAtMs),
    track: writeTrack(track),
    samples: timesMs.length,
    ...(attempt && { attempt }),
  })
  return toBinary(RawTrackSchema, value)
}

interface World {
  /** What the registry finds, question after question; the last goes on. */
  bikes?: (KnownBike | undefined)[]
  /** Riders who were erased. */
  erased?: Record<string, Tombstone>
  fail?: { registry?: () => void; producer?: () => void }
}

async function run(batches: KafkaRecord[][], { bikes = [bike], fail = {}, erased = {} }: World = {}) {
  const happened: string[] = []
  const asked: string[][] = []
  const clocks = memoryClockStore()
  const producer = fakeProducer(happened, fail.producer)
  const metrics = fakeMetrics()
  const { log, lines } = fakeLog()
  const registry = cacheRegistry({
    async find(bikeIds) {
      fail.registry?.()
      asked.push([...bikeIds])
      const found = bikes.length > 1 ? bikes.shift() : bikes[0]
      return new Map(found === undefined ? [] : bikeIds.map((id) => [id, found]))
    },
  })
  const tombstones = {
    find: async (riderIds: readonly string[]) =>
      new Map(riderIds.flatMap((id) => (erased[id] === undefined ? [] : [[id, erased[id]] as const]))),
  }
  const consumer = fakeConsumer(batches, happened)
  const worker = createNormalizeWorker({
    consumer,
    producer,
    registry,
    clocks,
    tombstones,
    topics,
    metrics,
    log,
  })
  await worker.run(new AbortController().signal)
  expect(worker.trouble()).toBeUndefined()
  const sentTo = (topic: string) => producer.sent.filter((record) => record.topic === topic)
  return { happened, asked, clocks, sentTo, counts: metrics.counts, lines }
}

const key = uuidBytes(bikeId)

test('clean samples go on with rider, clock and their positions; the others wait with a reason; then offsets are committed', async () => {
  const timesMs = [receivedAtMs - 2_000, receivedAtMs - 1_000, receivedAtMs + 60_000]
  const trackId = uuidV7Bytes()
  const { happened, sentTo, counts, lines } = await run([recordsOf([raw({ timesMs, trackId })], { key })])
  expect(happened).toEqual(['sent clean quarantine outcomes', 'acknowledged'])
  const [clean] = sentTo('clean')
  expect(uuidText(clean?.key as Uint8Array)).toBe(bikeId)
  expect(fromBinary(CleanTrackSchema, clean?.value as Uint8Array)).toMatchObject({
    riderId: 'anna',
    clockRule: ClockRule.NONE,
    clockOffsetMs: 0n,
    samples: [{ first: 0, count: 2 }],
    raw: { samples: 3 },
  })
  const [quarantined] = sentTo('quarantine')
  expect(fromBinary(QuarantinedTrackSchema, quarantined?.value as Uint8Array)).toMatchObject({
    reason: QuarantineReason.EVENT_IN_FUTURE,
    samples: [{ first: 2, count: 1 }],
    stage: 'normalize',
    bikeVersion: 3n,
    detail: expect.stringContaining('sample 2'),
  })
  const [outcome] = sentTo('outcomes')
  expect(fromBinary(TrackOutcomeSchema, outcome?.value as Uint8Array)).toMatchObject({
    stage: 'normalize',
    counts: [
      { outcome: 'clean', reason: '', samples: 2 },
      { outcome: 'quarantined', reason: 'event_in_future', samples: 1 },
    ],
  })
  expect(counts).toEqual({ received: 1, clean: 2, 'quarantined event_in_future': 1, written: 3 })
  expect(lines).toMatchObject([{ tracks: 1, uploads: [expect.any(String)] }])
})

test('of two tracks of one clock in a batch the first decides for both', async () => {
  const slow = {
    timesMs: [receivedAtMs - 600_000],
    attempt: { sentAtMs: BigInt(receivedAtMs - 300_000), clockEpoch: 1 },
  }
  const slower = { ...slow, attempt: { sentAtMs: BigInt(receivedAtMs - 400_000), clockEpoch: 1 } }
  const { clocks, sentTo } = await run([recordsOf([raw(slow), raw(slower)])])
  expect(clocks.kept.map(({ decision }) => decision.offsetMs)).toEqual([300_000])
  const offsets = sentTo('clean').map(({ value }) => fromBinary(CleanTrackSchema, value))
  expect(offsets).toMatchObject([
    { clockRule: ClockRule.SENT_AT, clockOffsetMs: 300_000n },
    { clockRule: ClockRule.SENT_AT, clockOffsetMs: 300_000n },
  ])
})

test('bytes that are none go to quarantine; the books know of them where their frame can be read', async () => {
  const broken = toBinary(
    RawTrackSchema,
    create(RawTrackSchema, {
      trackId: uuidV7Bytes(),
      uploadId: uuidV7Bytes(),
      receivedAtMs: 1n,
      samples: 4,
      track: Uint8Array.of(255),
    }),
  )
  const none = Buffer.from('none')
  const { sentTo, counts } = await run([recordsOf([none, broken, null], { key })])
  const quarantined = sentTo('quarantine').map(({ value }) => fromBinary(QuarantinedTrackSchema, value))
  expect(quarantined).toMatchObject([
    { reason: QuarantineReason.UNDECODABLE, stage: 'normalize', samples: [] },
    { reason: QuarantineReason.UNDECODABLE, samples: [{ first: 0, count: 4 }], raw: { samples: 4 } },
    { reason: QuarantineReason.UNDECODABLE },
  ])
  expect(Buffer.from(quarantined[0]?.record ?? [])).toEqual(none)
  expect(quarantined[1]?.record).toHaveLength(0)
  const outcomes = sentTo('outcomes').map(({ value }) => fromBinary(TrackOutcomeSchema, value))
  expect(outcomes).toMatchObject([
    { counts: [{ outcome: 'quarantined', reason: 'undecodable', samples: 4 }] },
  ])
  expect(uuidText(outcomes[0]?.bikeId as Uint8Array)).toBe(bikeId)
  expect(counts).toEqual({ received: 3, failed: 3, 'quarantined undecodable': 4, written: 4 })
})

test('an erased rider’s past is refused and written nowhere; who comes back begins anew', async () => {
  const erasedAtMs = receivedAtMs - 1_500
  const timesMs = [receivedAtMs - 2_000, receivedAtMs - 1_000]
  const broken = fromBinary(RawTrackSchema, raw({ timesMs }))
  broken.track = new Uint8Array([1])
  const records = [raw({ timesMs }), toBinary(RawTrackSchema, broken)]
  const afterwards = await run([recordsOf(records, { key })], {
    erased: { anna: { erasureId: 'e', erasedAtMs } },
  })
  expect(fromBinary(CleanTrackSchema, afterwards.sentTo('clean')[0]?.value as Uint8Array)).toMatchObject({
    ...{ riderId: 'anna', samples: [{ first: 1, count: 1 }] },
  })
  expect(afterwards.counts).toMatchObject({ refused_by_erasure: 1, clean: 1, 'quarantined undecodable': 2 })

  // The same records, read again after she was erased.
  const again = { anna: { erasureId: 'e', erasedAtMs: receivedAtMs + 1 } }
  const { sentTo, counts } = await run([recordsOf(records, { key })], { erased: again })
  expect([sentTo('clean'), sentTo('quarantine')]).toEqual([[], []])
  expect(sentTo('outcomes').map(({ value }) => fromBinary(TrackOutcomeSchema, value))).toMatchObject(
    [2, 2].map((samples) => ({ sender: 'erased:e', counts: [{ outcome: 'refused_by_erasure', samples }] })),
  )
  expect(counts).toMatchObject({ refused_by_erasure: 4 })
})

test('a record without key that cannot be read is kept under no bike', async () => {
  const { sentTo } = await run([recordsOf([Buffer.from('none')])])
  expect(sentTo('quarantine')[0]?.key).toEqual(new Uint8Array(16))
})

const sold = { ...bike, version: 4, ownerships: [{ ...anna, riderId: 'ben' }, anna] }

test('where a cached bike speaks against a track, the newest decides', async () => {
  const byAnna = recordsOf([raw()])
  // Anna uploads for a time before her own: first of a bike from the cache, then of the newest one.
  const early = recordsOf([raw({ timesMs: [receivedAtMs - 5_000] })])
  const since = { ...bike, ownerships: [{ ...anna, fromMs: receivedAtMs - 3_000 }] }
  const { asked, sentTo } = await run([byAnna, early], { bikes: [since, bike] })
  expect(asked).toEqual([[bikeId], [bikeId]])
  expect(sentTo('clean')).toHaveLength(2)
  expect(sentTo('quarantine')).toEqual([])
})

test('a bike that was just asked for is not asked for again', async () => {
  const { asked, sentTo } = await run([recordsOf([raw({ sender: 'ben' }), raw({ sender: 'ben' })])])
  expect(asked).toEqual([[bikeId]])
  const reasons = sentTo('quarantine').map(({ value }) => fromBinary(QuarantinedTrackSchema, value).reason)
  expect(reasons).toEqual([QuarantineReason.BIKE_FOREIGN, QuarantineReason.BIKE_FOREIGN])
  const { sentTo: later } = await run([recordsOf([raw({ sender: 'ben' })])], { bikes: [sold] })
  expect(later('clean')).toHaveLength(1)
})

test('what no bike can mend is not looked up again', async () => {
  const future = recordsOf([raw({ timesMs: [receivedAtMs + 60_000] })])
  const { asked, sentTo } = await run([recordsOf([raw()]), future])
  expect(asked).toEqual([[bikeId]])
  expect(sentTo('quarantine')).toHaveLength(1)
  expect(bikeLifetimeMs).toBeGreaterThan(0)
})

test.each([
  ['registry', ['away', 'sent clean outcomes', 'acknowledged']],
  ['producer', ['away', 'sent clean outcomes', 'acknowledged']],
] as const)('while the %s is away the batch is not acknowledged, and comes again', async (port, expected) => {
  const { happened } = await run([recordsOf([raw()])], { fail: { [port]: failing(1, 'away') } })
  expect(happened).toEqual(expected)
})

test('no slice of a large batch decodes more samples than the bound; others get their turn in between', async () => {
  const timesMs = Array.from({ length: 10_000 }, (_, i) => receivedAtMs - 20_000_000 + i * 1_000)
  const value = raw({ timesMs })
  const slices = [0]
  let done = false
  const turn = () => {
    if (done) return
    slices.push(0)
    setImmediate(turn)
  }
  // Reading its value is what decoding a record begins with; the length alone is asked for before.
  const records = recordsOf(Array.from({ length: 60 }, () => value)).map((record) => ({
    ...record,
    get value() {
      slices[slices.length - 1] = (slices.at(-1) ?? 0) + timesMs.length / 2
      return Buffer.from(value)
    },
  }))
  setImmediate(turn)
  const { counts } = await run([records])
  done = true
  expect(counts).toMatchObject({ clean: 600_000 })
  expect(Math.max(...slices)).toBeLessThanOrEqual(samplesAtOnce + timesMs.length)
  expect(slices.filter((samples) => samples > 0).length).toBeGreaterThan(5)
})
