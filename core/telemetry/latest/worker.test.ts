import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { type Track, TrackOutcomeSchema, uuidText } from '../../../proto/index.ts'
import { cleanRecord } from '../../../testkit/clean-records.ts'
import { fakeLog, fakeProducer, recordsOf } from '../../../testkit/fake-kafka.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import type { GroupState } from './latest-state.ts'
import { createLatestWorker } from './worker.ts'

const bikeId = '5b0c6a1e-0000-4000-8000-00000000000b'
const recorderId = '5b0c6a1e-0000-4000-8000-00000000000c'

function clean(timesMs: number[], samples?: { first: number; count: number }[]): Uint8Array {
  const columns: Track['columns'] = [{ key: 'motor_power_w', values: timesMs.map((ms) => ms / 1_000) }]
  const clock = { bootId: 1, clockEpoch: 1 }
  const track: Track = { bikeId, recorderId, kind: 'motor', clock, timesMs, columns }
  return cleanRecord({ track, riderId: 'anna', receivedAtMs: 9_000, ...(samples && { samples }) }).value
}

async function run(batches: KafkaRecord[][], fail: { store?: () => void; producer?: () => void } = {}) {
  const happened: string[] = []
  const merged: GroupState[][] = []
  const producer = fakeProducer(happened, fail.producer)
  const metrics = fakeMetrics()
  const { log, lines } = fakeLog()
  const consumer = fakeConsumer(batches, happened)
  const store = {
    async merge(states: readonly GroupState[]) {
      fail.store?.()
      merged.push([...states])
      happened.push('merged')
    },
  }
  const worker = createLatestWorker({ consumer, producer, store, outcomesTopic: 'outcomes', metrics, log })
  await worker.run(new AbortController().signal)
  expect(worker.trouble()).toBeUndefined()
  return { happened, merged, sent: producer.sent, counts: metrics.counts, lines }
}

test('a batch is merged once, collapsed, then its outcomes are sent, then it is acknowledged', async () => {
  const batch = recordsOf([clean([1_000, 2_000]), clean([3_000, 4_000, 5_000], [{ first: 0, count: 2 }])])
  const { happened, merged, sent, counts } = await run([batch])
  expect(happened).toEqual(['merged', 'sent outcomes outcomes', 'acknowledged'])
  expect(merged).toEqual([
    [expect.objectContaining({ bikeId, eventAtMs: 4_000, values: { motor_power_w: 4 } })],
  ])
  const outcomes = sent.map(({ value }) => fromBinary(TrackOutcomeSchema, value))
  expect(outcomes).toMatchObject([
    { stage: 'latest', counts: [{ outcome: 'merged', reason: '', samples: 2 }], acceptedSamples: 2 },
    { stage: 'latest', counts: [{ outcome: 'merged', reason: '', samples: 2 }], acceptedSamples: 3 },
  ])
  expect(sent.map(({ key }) => uuidText(key))).toEqual(outcomes.map(({ trackId }) => uuidText(trackId)))
  expect(counts).toEqual({ received: 2, merged: 4, written: 2 })
})

test('bytes that are no track are left aside, and hold up nothing', async () => {
  const batch = recordsOf([Buffer.from('none'), null, clean([1_000])])
  const { merged, sent, counts, lines } = await run([batch])
  expect(merged[0]).toHaveLength(1)
  expect(sent).toHaveLength(1)
  expect(counts).toEqual({ received: 3, failed: 2, merged: 1, written: 1 })
  expect(lines).toMatchObject([
    { partition: 0, offset: '0', err: {} },
    { partition: 0, offset: '1' },
  ])
})

test.each([
  ['store', ['away', 'merged', 'sent outcomes', 'acknowledged']],
  ['producer', ['merged', 'away', 'merged', 'sent outcomes', 'acknowledged']],
] as const)('while the %s is away the batch is not acknowledged, and comes again', async (port, expected) => {
  const { happened } = await run([recordsOf([clean([1_000])])], { [port]: failing(1, 'away') })
  expect(happened).toEqual(expected)
})
