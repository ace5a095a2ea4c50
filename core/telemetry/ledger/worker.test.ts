import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { RawTrackSchema, uuidText, uuidV7Bytes } from '../../../proto/index.ts'
import { fakeLog, recordsOf } from '../../../testkit/fake-kafka.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { encodeOutcome, type Stage } from '../contracts/outcomes.ts'
import type { BookedOutcome, LedgerStore } from './port.ts'
import { createLedgerWorker } from './worker.ts'

const ids = [uuidV7Bytes(), uuidV7Bytes()].toSorted(Buffer.compare)
const outcome = (trackId: Uint8Array, stage: Stage, samples: number) =>
  encodeOutcome({
    raw: create(RawTrackSchema, { trackId, uploadId: uuidV7Bytes(), receivedAtMs: 1_000n }),
    bikeId: uuidV7Bytes(),
    stage,
    counts: [{ outcome: 'any' as never, reason: '', samples }],
  }).value

async function run(batches: KafkaRecord[][], fail: () => void = () => undefined) {
  const happened: string[] = []
  const booked: Record<'outcomes' | 'tracks' | 'late', readonly BookedOutcome[]>[] = []
  const metrics = fakeMetrics()
  const { log, lines } = fakeLog()
  const store = {
    async book(...[outcomes, tracks, late]: Parameters<LedgerStore['book']>) {
      fail()
      booked.push({ outcomes, tracks, late })
      happened.push('booked')
    },
  }
  const worker = createLedgerWorker({ consumer: fakeConsumer(batches, happened), store, metrics, log })
  await worker.run(new AbortController().signal)
  expect(worker.trouble()).toBeUndefined()
  return { happened, booked, counts: metrics.counts, lines }
}

test('a batch is booked once: the last outcome of each track and stage, in the order of their keys', async () => {
  const [first, second] = ids as [Uint8Array, Uint8Array]
  const batch = recordsOf([
    outcome(second, 'search', 1),
    outcome(first, 'normalize', 2),
    outcome(second, 'search', 3),
  ])
  const { happened, booked, counts } = await run([batch])
  expect(happened).toEqual(['booked', 'acknowledged'])
  expect(booked).toMatchObject([
    {
      outcomes: [
        { trackId: uuidText(first), stage: 'normalize', counts: [{ samples: 2 }] },
        { trackId: uuidText(second), stage: 'search', counts: [{ samples: 3 }] },
      ],
      tracks: [{ trackId: uuidText(first) }],
    },
  ])
  expect(booked[0]?.tracks).toHaveLength(1)
  expect(counts).toEqual({ received: 3, written: 2 })
})

test('what is no outcome is left aside, and holds up nothing', async () => {
  const { booked, counts, lines } = await run([
    recordsOf([Buffer.from('none'), null, outcome(ids[0] as Uint8Array, 'latest', 1)]),
  ])
  expect(booked[0]?.outcomes).toHaveLength(1)
  expect(counts).toEqual({ received: 3, failed: 2, written: 1 })
  expect(lines.slice(0, 2)).toMatchObject([
    { partition: 0, offset: '0' },
    { partition: 0, offset: '1' },
  ])
})

test('while the books are away the batch is not acknowledged, and comes again', async () => {
  const { happened } = await run(
    [recordsOf([outcome(ids[0] as Uint8Array, 'latest', 1)])],
    failing(1, 'away'),
  )
  expect(happened).toEqual(['away', 'booked', 'acknowledged'])
})
