import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import pino from 'pino'
import { expect, test } from 'vitest'
import { CleanTrackSchema, DeviceSourceSchema, uuidBytes } from '../../../proto/index.ts'
import { cleanRecord } from '../../../testkit/clean-records.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import type { RecorderToLock, SequencesChange } from './port.ts'
import { beginAt, type Sequences } from './sequences.ts'
import { createGapsWorker } from './worker.ts'

const recorder = (digit: string) => `01920000-0000-7000-8000-0000000000d${digit}`
const bikeId = '01920000-0000-7000-8000-00000000000b'

function record(options: { of: string; sequence?: number; fromPhone?: boolean }): KafkaRecord {
  const { of, sequence, fromPhone = false } = options
  const { key, value } = cleanRecord({
    riderId: '',
    track: {
      ...{ bikeId, recorderId: recorder(of), kind: 'battery', clock: { bootId: 1, clockEpoch: 1 } },
      ...(sequence !== undefined && { sequence }),
      ...{ timesMs: [1_000], columns: [{ key: 'state_of_charge_pct', values: [500] }] },
    },
  })
  const clean = fromBinary(CleanTrackSchema, value)
  const device = create(DeviceSourceSchema, { bikeId: uuidBytes(bikeId), kind: 'battery' })
  if (clean.raw && !fromPhone) clean.raw.device = device
  return { ...position, key: Buffer.from(key), value: Buffer.from(toBinary(CleanTrackSchema, clean)) }
}
const position = { topic: 'clean', partition: 0, offset: 0n, timestampMs: 0 }

async function see(
  batch: readonly KafkaRecord[],
  options: { known?: ReadonlyMap<string, Sequences>; change?: () => void } = {},
) {
  const { known = new Map(), change = () => undefined } = options
  const log: string[] = []
  const locked: RecorderToLock[] = []
  const changes: SequencesChange[] = []
  const metrics = fakeMetrics()
  const store = {
    async change(
      recorders: readonly RecorderToLock[],
      plan: (known: ReadonlyMap<string, Sequences>) => readonly SequencesChange[],
    ) {
      change()
      locked.push(...recorders)
      changes.push(
        ...plan(
          new Map(recorders.map((each) => [each.recorderId, each.beginning] as const).concat([...known])),
        ),
      )
      log.push('kept')
    },
  }
  const consumer = fakeConsumer([batch], log)
  const worker = createGapsWorker({ consumer, store, metrics, log: pino({ level: 'silent' }) })
  await worker.run(new AbortController().signal)
  return { log, locked, changes, counts: metrics.counts }
}

test('a recorder is one entry however many tracks it has in a batch, in the order of ids, and begins at its lowest', async () => {
  const { locked, changes, counts } = await see([
    record({ of: '2', sequence: 5 }),
    record({ of: '1', sequence: 7 }),
    record({ of: '2', sequence: 3 }),
  ])
  expect(locked).toEqual([
    { recorderId: recorder('1'), bikeId, beginning: beginAt(7) },
    { recorderId: recorder('2'), bikeId, beginning: beginAt(3) },
  ])
  const missing = changes.map(({ recorderId, sequences, gapsChanged }) => [
    ...[recorderId, sequences.first, sequences.next, gapsChanged],
    ...sequences.gaps.map(({ first, end }) => `${first}-${end}`),
  ])
  expect(missing.sort()).toEqual([
    [recorder('1'), 7, 8, false],
    [recorder('2'), 3, 6, true, '4-5'],
  ])
  expect(counts).toEqual({ received: 3, written: 2 })
})

test('a number that was seen before changes nothing', async () => {
  const known = new Map([[recorder('1'), { first: 1, next: 9, gaps: [] }]])
  expect((await see([record({ of: '1', sequence: 4 })], { known })).changes).toEqual([])
})

test('phones, modules that do not number, and bytes that are no track are left aside', async () => {
  const { locked, counts } = await see([
    record({ of: '1', sequence: 1, fromPhone: true }),
    record({ of: '2' }),
    { ...position, key: null, value: Buffer.from('no track') },
    { ...position, key: null, value: null },
    record({ of: '3', sequence: 1 }),
  ])
  expect(locked.map(({ recorderId }) => recorderId)).toEqual([recorder('3')])
  expect(counts).toEqual({ received: 5, failed: 2, written: 1 })
})

test('offsets are committed when the numbers are kept', async () => {
  const { log } = await see([record({ of: '1', sequence: 1 })], { change: failing(1, 'PostgreSQL is away') })
  expect(log).toEqual(['PostgreSQL is away', 'kept', 'acknowledged'])
})
