// Workers that are killed while they work, and topics that are read twice: nothing is lost and nothing double.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createProducer } from '../../core/kafka/index.ts'
import { createLog } from '../../core/worker/log.ts'
import type { Track } from '../../proto/index.ts'
import { booksOf, countDocuments, metric, recordsOf, until } from '../rig/observe.ts'
import { openRig, type Rider, type Rig } from '../rig/platform-rig.ts'
import { rideTrack } from '../rig/rides.ts'

const workers = ['analytics', 'latest', 'search', 'normalize'] as const
const samplesPerTrack = 300
const uploads = 60
const total = uploads * 2 * samplesPerTrack

let rig: Rig
let rider: Rider

beforeAll(async () => {
  rig = await openRig({ engines: inject('engines'), onProgress: () => undefined })
  rider = await rig.newRider({ bikes: 12, consents: true })
})
afterAll(() => rig?.close())

test('workers killed in the middle of their batches lose nothing and double nothing', async () => {
  const restarts: Promise<void>[] = []
  const sent = sendAll(uploadsOf(rider))
  // From the end of the way to its beginning, so that each still has work when its turn comes.
  for (const worker of workers) restarts.push((await killAtWork(worker)).ready)
  await Promise.all([sent, ...restarts])
  await until('books settle', async () => (await booksOf(rig, rider))['analytics delivered'] === total)
  await expectExact()
})

test('a replay of telemetry.raw adds nothing', async () => {
  const raw = await recordsOf(rig, 'telemetry.raw')
  const brokers = (rig.env.KAFKA_BROKERS ?? '').split(',')
  const producer = createProducer({ brokers, name: 'replay', log: createLog('replay', 'silent') })
  await producer.send(
    raw.map(({ topic, key, value }) => ({ topic, key: key as Buffer, value: value as Buffer })),
  )
  await producer.close()
  await until('the replay is worked off', allIdle)
  await expectExact()
})

async function expectExact(): Promise<void> {
  expect(await booksOf(rig, rider)).toEqual({
    'normalize clean': total,
    'search stored': total,
    'latest merged': total,
    'analytics delivered': total,
  })
  expect(await countDocuments(rig, rider)).toBe(total)
  const delivered = (await recordsOf(rig, 'analytics.telemetry')).map(({ value }) => String(value))
  expect(delivered).toHaveLength(total)
  expect(new Set(delivered).size).toBe(total)
}

/** A ride of each bike in turn, cut into uploads of two tracks as a phone would send them. */
function uploadsOf({ bikeIds }: Rider): Track[][] {
  const recorderIds = bikeIds.map(() => randomUUID())
  const beginMs = Date.now() - 7 * 86_400_000
  return Array.from({ length: uploads }, (_, upload) => {
    const bike = upload % bikeIds.length
    const track = (half: number) =>
      rideTrack({
        bikeId: bikeIds[bike] as string,
        recorderId: recorderIds[bike] as string,
        startMs: beginMs + (2 * Math.floor(upload / bikeIds.length) + half) * samplesPerTrack * 1000,
        samples: samplesPerTrack,
      })
    return [track(0), track(1)]
  })
}

/** Slowly enough that every worker has several batches to do. */
async function sendAll(all: readonly Track[][]): Promise<void> {
  for (const tracks of all) {
    await rig.upload(rider, tracks)
    await sleep(60)
  }
}

/** Kills a worker as soon as it is seen to have taken in records; `ready` resolves when it works again. */
async function killAtWork(worker: (typeof workers)[number]): Promise<{ ready: Promise<void> }> {
  const service = rig.services[worker]
  const received = () => metric(service.url, 'worker_records_total', 'event="received"')
  const before = await received()
  await until(`${worker} takes in records`, async () => (await received()) > before)
  service.kill('SIGKILL')
  return { ready: service.restart() }
}

/** In the order of the way: a worker without lag has passed on everything to the next. */
async function allIdle(): Promise<boolean> {
  for (const worker of ['normalize', 'search', 'latest', 'analytics', 'ledger'] as const) {
    if ((await metric(rig.services[worker].url, 'worker_lag_records')) > 0) return false
  }
  return true
}
