import pino from 'pino'
import { expect, test } from 'vitest'
import { storedRecord } from '../../../testkit/clean-records.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import type { FieldStore } from './port.ts'
import { createQualityWorker } from './worker.ts'

const [bikeId, recorderId] = ['01920000-0000-7000-8000-00000000000b', '01920000-0000-7000-8000-0000000000d1']
const position = { topic: 'stored', partition: 0, offset: 0n, timestampMs: 0 }

/** A track with one fault, at `atMs`. */
function record(atMs: number, riderId = 'anna'): KafkaRecord {
  const { key, value } = storedRecord({
    riderId,
    track: {
      ...{ bikeId, recorderId, kind: 'fault', clock: { bootId: 1, clockEpoch: 1 }, timesMs: [atMs] },
      columns: [
        { key: 'fault_code', values: [1_001] },
        { key: 'fault_severity', values: [3] },
        { key: 'fault_active', values: [1] },
      ],
    },
  })
  return { ...position, key: Buffer.from(key), value: Buffer.from(value) }
}

async function work(batches: readonly (readonly KafkaRecord[])[], note: () => void = () => undefined) {
  const log: string[] = []
  const metrics = fakeMetrics()
  const store: FieldStore = {
    async note({ faults, days }) {
      note()
      log.push(`faults ${faults.map(({ atMs }) => atMs).join(' ')}, days ${days.length}`)
    },
  }
  const consumer = fakeConsumer(batches, log)
  const worker = createQualityWorker({ consumer, store, metrics, log: pino({ level: 'silent' }) })
  await worker.run(new AbortController().signal)
  return { log, counts: metrics.counts }
}

test('a batch is noted as one, with every track that can be read', async () => {
  const unreadable = { ...position, key: null, value: Buffer.from('no track') }
  const batch = [
    record(1_000),
    unreadable,
    { ...unreadable, value: null },
    record(86_400_000),
    record(2_000, ''),
  ]
  const { log, counts } = await work([batch])
  expect(log).toEqual(['faults 1000 86400000, days 2', 'acknowledged'])
  expect(counts).toEqual({ received: 5, failed: 2, written: 3 })
})

test('offsets are committed when a batch is noted', async () => {
  const { log } = await work([[record(1_000)], [record(2_000)]], failing(1, 'PostgreSQL is away'))
  expect(log).toEqual([
    ...['PostgreSQL is away', 'faults 1000, days 1', 'acknowledged'],
    ...['faults 2000, days 1', 'acknowledged'],
  ])
})
