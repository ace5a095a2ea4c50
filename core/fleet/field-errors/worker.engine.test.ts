// From telemetry.stored to the tables of the analysis, through a process that is killed on the way.
import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Track } from '../../../proto/index.ts'
import { storedRecord } from '../../../testkit/clean-records.ts'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { type ServiceProcess, startServiceProcess } from '../../../testkit/service-process.ts'
import type { RecordProducer } from '../../engines/kafka/port.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import { topicName } from '../../topics.ts'

const brokers = testEngines().kafkaBrokers
const namespace = uniqueNamespace()
const topic = topicName(namespace, 'telemetry.stored')
let database: TestDatabase
let producer: RecordProducer

beforeAll(async () => {
  database = await createTestDatabase()
  await ensureTopics({ brokers, namespace })
  producer = createProducer({ brokers, name: 'test', log: pino({ level: 'silent' }) })
})
afterAll(async () => {
  await producer.close()
  await deleteTopics({ brokers, namespace })
  await database.drop()
})

const startWorker = (): Promise<ServiceProcess> =>
  startServiceProcess('quality', {
    NAMESPACE: namespace,
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: database.url,
  })

const dayMs = Date.UTC(2026, 4, 1)
const clock = { bootId: 1, clockEpoch: 1 }

/** A minute of riding, 300 m, and a fault at its end; minute `n` of the day. */
function minuteOf(bikeId: string, n: number): Track[] {
  const [from, until] = [dayMs + n * 60_000, dayMs + (n + 1) * 60_000 - 1]
  const common = { bikeId, recorderId: bikeId, clock }
  const column = (key: 'fault_code' | 'fault_severity' | 'fault_active', value: number) => ({
    key,
    values: [value],
  })
  return [
    {
      ...{ ...common, kind: 'ride', timesMs: [from, until] },
      columns: [{ key: 'odometer_m', values: [n * 30_000, (n + 1) * 30_000] }],
    },
    {
      ...{ ...common, kind: 'fault', timesMs: [until] },
      columns: [column('fault_code', 1_204), column('fault_severity', 3), column('fault_active', 1)],
    },
  ]
}

const counts = async () => {
  const [row] = await database.sql`
    select (select count(*)::int from fault_events) as faults,
      (select sum(upper(way) - lower(way))::float8 from bike_days, unnest(odometer_cm) as way) as cm,
      (select count(*)::int from bike_days where first_at = ${new Date(dayMs)}
        and last_at = ${new Date(dayMs + 60 * 60_000 - 1)}) as days`
  return row
}

test('killed in the middle of its batches, and with all records twice, each fault and each way counts once', async () => {
  const bikes = Array.from({ length: 20 }, () => randomUUID())
  const tracks = bikes.flatMap((bikeId) =>
    Array.from({ length: 60 }, (_, n) => minuteOf(bikeId, (n * 37) % 60)).flat(),
  )
  const records = tracks.map((track) => ({ topic, ...storedRecord({ track, riderId: 'anna' }) }))
  const doomed = await startWorker()
  await producer.send(records)
  await expect.poll(async () => (await counts())?.faults, { interval: 20 }).toBeGreaterThan(0)
  await doomed.end('SIGKILL')
  const worker = await startWorker()
  await producer.send(records)
  await producer.send([{ topic, key: new Uint8Array(16), value: new Uint8Array([1, 2, 3]) }])
  await expect.poll(counts, { interval: 200 }).toEqual({ faults: 1_200, cm: 20 * 60 * 30_000, days: 20 })
  expect(await worker.end('SIGTERM')).toBe(0)
  expect(await counts()).toEqual({ faults: 1_200, cm: 20 * 60 * 30_000, days: 20 })
})
