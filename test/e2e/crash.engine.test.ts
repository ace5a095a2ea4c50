// Workers that are killed while they work, and topics that are read twice: nothing is lost and nothing double.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createProducer } from '../../core/engines/kafka/producer.ts'
import { createLog } from '../../core/runtime/service.ts'
import { stages } from '../../core/telemetry/contracts/outcomes.ts'
import type { ServiceName } from '../../infra/local/index.ts'
import {
  booksOf,
  countDocuments,
  metrics,
  recordsOf,
  researchedIn,
  until,
  untilBooked,
} from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { rideTrack } from '../../testkit/platform/rides.ts'

const workers = ['normalize', 'search', 'latest', 'analytics'] as const
const rounds = 2
const samplesPerTrack = 60
const uploadEveryMs = 400
/** So many samples wait for workers that are gone, and no more: what is sent follows the pace of the machine. */
const waitingSamples = 40 * samplesPerTrack
const patience = { withinMs: 240_000 }
const testTimeoutMs = 600_000

let platform: TestPlatform
let rider: Rider
/** Samples that the edge has accepted so far. */
let accepted = 0

beforeAll(async () => {
  platform = await openTestPlatform({ engines: inject('engines'), onProgress: () => undefined })
  rider = await platform.newRider({ bikes: 12, consents: true })
})
afterAll(() => platform?.close())

test(
  'workers killed in the middle of their batches lose nothing and double nothing',
  async () => {
    const killed = new AbortController()
    const sending = sendUntil(killed.signal)
    try {
      await Promise.all(workers.map(killAgainAndAgain))
    } finally {
      killed.abort()
      await sending
    }
    await untilBooked(platform, rider, { books: exactBooks(), ...patience })
    await expectExact()
  },
  testTimeoutMs,
)

test(
  'a replay of telemetry.raw adds nothing',
  async () => {
    const raw = await recordsOf(platform, 'telemetry.raw')
    const before = (await progressOf('ledger')).received
    const brokers = (platform.env.KAFKA_BROKERS ?? '').split(',')
    const producer = createProducer({ brokers, name: 'replay', log: createLog('replay', 'silent') })
    await producer.send(
      raw.map(({ topic, key, value }) => ({ topic, key: key as Buffer, value: value as Buffer })),
    )
    await producer.close()
    // Each of the four stages says what it did with each track.
    const outcomes = raw.length * stages.length
    const booked = async () => (await progressOf('ledger')).received >= before + outcomes
    await until('the replay is booked', booked, patience)
    await expectExact()
  },
  testTimeoutMs,
)

const exactBooks = () => ({
  'normalize clean': accepted,
  'search stored': accepted,
  'latest merged': accepted,
  'analytics delivered': accepted,
})

async function expectExact(): Promise<void> {
  expect(await booksOf(platform, rider)).toEqual(exactBooks())
  expect(await countDocuments(platform, rider)).toBe(accepted)
  const delivered = await researchedIn(platform)
  expect(delivered).toHaveLength(accepted)
  expect(new Set(delivered).size).toBe(accepted)
}

/** The rides of all bikes in turn, in uploads of two tracks, one upload after the other. */
async function sendUntil(enough: AbortSignal): Promise<void> {
  const recorderIds = rider.bikeIds.map(() => randomUUID())
  const beginMs = Date.now() - 7 * 86_400_000
  const mayUpload = async () =>
    enough.aborted || accepted - ((await booksOf(platform, rider))['latest merged'] ?? 0) < waitingSamples
  for (let upload = 0; !enough.aborted; upload++) {
    await until('the backlog is short', mayUpload, patience)
    const bike = upload % rider.bikeIds.length
    const round = Math.floor(upload / rider.bikeIds.length)
    const track = (half: number) =>
      rideTrack({
        bikeId: rider.bikeIds[bike] as string,
        recorderId: recorderIds[bike] as string,
        startMs: beginMs + (2 * round + half) * samplesPerTrack * 1000,
        samples: samplesPerTrack,
      })
    const answer = await platform.upload(rider, [track(0), track(1)])
    accepted += answer.accepted.samples
    await sleep(uploadEveryMs)
  }
}

async function killAgainAndAgain(worker: ServiceName): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await untilInBatch(worker)
    platform.services[worker].kill('SIGKILL')
    await platform.services[worker].restart()
  }
}

/** Caught when records were taken in and their batch is not done; later on, when any were taken in at all. */
async function untilInBatch(worker: ServiceName): Promise<void> {
  const patientUntilMs = Date.now() + 12_000
  let before = await progressOf(worker)
  const inBatch = async () => {
    const now = await progressOf(worker)
    const undone = now.batches === before.batches || Date.now() > patientUntilMs
    const caught = now.received > before.received && undone
    before = now
    return caught
  }
  await until(`${worker} is caught in a batch`, inBatch, { ...patience, everyMs: 1 })
}

async function progressOf(worker: ServiceName): Promise<{ received: number; batches: number }> {
  const read = await metrics(platform.services[worker].adminUrl)
  return {
    received: read('worker_records_total', 'event="received"'),
    batches: read('worker_batch_seconds_count'),
  }
}
