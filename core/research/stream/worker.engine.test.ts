import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TrackOutcomeSchema, uuidV7Bytes } from '../../../proto/index.ts'
import { startCuttableProxy } from '../../../testkit/cuttable-proxy.ts'
import { createTestBench, january, stored, type TestBench } from '../../../testkit/research-stream.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createConsentStore } from '../../engines/postgres/riders/consent-store.ts'
import { grantConsent, withdrawConsent } from '../../riders/consent/consents.ts'
import { subjectOf } from './pseudonym.ts'

let bench: TestBench
beforeEach(async () => {
  bench = await createTestBench()
})
afterEach(() => bench.close())

const patience = { interval: 100 }
const consent = (riderId: string, from = new Date(january - 1)) =>
  grantConsent(createConsentStore(bench.sql), { riderId, purpose: 'research', from, by: 'rider' })
const odometers = async () => (await bench.delivered()).map(({ values }) => Number(values.odometer_m))

/** The newest outcome of each track: outcome or reason → samples. */
async function outcomes(): Promise<Record<string, number>[]> {
  const byTrack = new Map<string, Record<string, number>>()
  for await (const { key, value } of readTopic({ brokers: bench.brokers, topic: bench.topics.outcomes })) {
    const { counts } = fromBinary(TrackOutcomeSchema, value ?? new Uint8Array())
    byTrack.set(
      String(key?.toString('hex')),
      Object.fromEntries(counts.map(({ outcome, reason, samples }) => [reason || outcome, samples])),
    )
  }
  return [...byTrack.values()]
}

test('who consents is delivered under a pseudonym, since when he consented; nobody else is', async () => {
  await consent('anna', new Date(january + 4_000))
  const bikeId = randomUUID()
  await bench.send([stored({ riderId: 'anna', bikeId }), stored({ riderId: 'ben' })])
  const worker = bench.startWorker()
  await expect.poll(bench.progress, patience).toBe(2)
  await worker.stop()
  const [names] = await bench.sql<{ key: string; person: string }[]>`
    select key, person from research_keys where rider_id = 'anna'`
  const delivered = await bench.delivered()
  expect(delivered).toHaveLength(6)
  expect(delivered[0]).toEqual({
    subject: subjectOf(names?.key ?? '', bikeId),
    person: names?.person,
    kind: 'ride',
    timeMs: january + 4_000,
    values: { odometer_m: 4 },
    timestampMs: expect.any(Number),
  })
  expect(await outcomes()).toEqual(
    expect.arrayContaining([{ delivered: 6, consent_not_at_event_time: 4 }, { consent_absent: 10 }]),
  )
})

test('a replay of the topic delivers nothing twice, under the same group or a new one', async () => {
  await consent('anna')
  await bench.send(Array.from({ length: 50 }, (_, i) => stored({ riderId: 'anna', firstOdometerM: i * 10 })))
  const first = bench.startWorker()
  await expect.poll(bench.progress, patience).toBe(50)
  await first.stop()
  const replay = bench.startWorker({ group: `${bench.namespace}.replay` })
  await expect
    .poll(async () => (await replay.lag()).reduce((sum, { lag }) => sum + Number(lag), 0), patience)
    .toBe(0)
  await bench.send([stored({ riderId: 'anna', firstOdometerM: 500 })])
  await expect.poll(bench.progress, patience).toBe(51)
  await replay.stop()
  const seen = await odometers()
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 510 }, (_, i) => i))
})

test('a record repeated by search adds nothing, and one with more samples adds those', async () => {
  await consent('anna')
  const track = { riderId: 'anna', bikeId: randomUUID(), trackId: uuidV7Bytes() }
  const part = stored({
    ...track,
    samples: [
      { first: 0, count: 3 },
      { first: 5, count: 2 },
    ],
  })
  const whole = stored(track)
  await bench.send([part, part])
  const worker = bench.startWorker()
  await expect.poll(bench.progress, patience).toBe(2)
  await bench.send([whole, part, whole])
  await expect.poll(bench.progress, patience).toBe(5)
  await worker.stop()
  expect(await odometers()).toEqual([0, 1, 2, 5, 6, 3, 4, 7, 8, 9])
  expect(await outcomes()).toEqual([{ delivered: 10 }])
})

test('after a withdrawal not one more sample enters the topic beyond the bound', async () => {
  await consent('anna')
  const worker = bench.startWorker()
  const bikeId = randomUUID()
  let sent = 0
  let withdrawnAtMs = Number.POSITIVE_INFINITY
  while (Date.now() < withdrawnAtMs + 2_500) {
    await bench.send([stored({ riderId: 'anna', bikeId, length: 5 })])
    sent++
    await delay(20)
    if (sent === 40) {
      await expect.poll(async () => (await bench.delivered()).length, patience).toBeGreaterThan(0)
      await withdrawConsent(createConsentStore(bench.sql), {
        riderId: 'anna',
        purpose: 'research',
        by: 'rider',
      })
      withdrawnAtMs = Date.now()
    }
  }
  await expect.poll(bench.progress, patience).toBe(sent)
  await worker.stop()
  const delivered = await bench.delivered()
  expect(delivered.length).toBeLessThan(sent * 5)
  expect(Math.max(...delivered.map(({ timestampMs }) => timestampMs))).toBeLessThan(withdrawnAtMs + 1_000)
})

test('without PostgreSQL nothing is delivered, and nothing lost', async () => {
  await consent('anna')
  const url = new URL(bench.database.url)
  const line = await startCuttableProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(line.port)
  const sql = connectPostgres({ url: url.href, name: 'gated', maxConnections: 1 })
  const worker = bench.startWorker({ sql })
  await bench.send([stored({ riderId: 'anna', length: 1 })])
  await expect.poll(bench.progress, patience).toBe(1)
  await line.cut()
  await bench.send([stored({ riderId: 'anna', length: 1, firstOdometerM: 1 })])
  await expect.poll(worker.trouble, patience).toMatch(/batch cannot be handled/)
  expect(await odometers()).toEqual([0])
  await line.mend()
  await expect.poll(bench.progress, patience).toBe(2)
  await worker.stop()
  await sql.end({ timeout: 1 })
  await line.close()
  expect((await odometers()).toSorted()).toEqual([0, 1])
  expect(worker.trouble()).toBeUndefined()
})
