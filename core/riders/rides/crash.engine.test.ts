// The service rides as processes that are killed: its rides, and what ride.entity tells of them.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RideEntity, RideEntitySchema } from '../../../proto/gen/mobility/riders/v1/ride_pb.js'
import { recordsIn } from '../../../testkit/independent-reader.ts'
import { startServiceProcess } from '../../../testkit/service-process.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { openRidesEnvironment, type RidesEnvironment } from './testing/environment.ts'
import { minutes, recorded } from './testing/samples.ts'
import { tracksOf } from './testing/tracks.ts'

let environment: RidesEnvironment
beforeAll(async () => {
  environment = await openRidesEnvironment()
})
afterAll(() => environment.close(), 60_000)

const riderId = 'anna@example.org'
const ridesOf = (bikeId: string) =>
  environment.store.ridesBetween(bikeId, { fromMs: 0, untilMs: Date.UTC(2100, 0) })

async function send(bikeIds: readonly string[], atMinute: number, forMinutes: number): Promise<void> {
  const samples = recorded({ atMs: minutes(atMinute), seconds: forMinutes * 60, everyS: 10 })
  for (const bikeId of bikeIds) await environment.send(bikeId, tracksOf(bikeId, samples, 40))
}

/** The newest entity of each ride; undefined where the topic ends it. */
async function published(): Promise<Map<string, RideEntity | undefined>> {
  const records = await recordsIn({ brokers: environment.brokers, topic: environment.topic('ride.entity') })
  return new Map(
    records.map(({ key, value }) => [
      String(key),
      value === null ? undefined : fromBinary(RideEntitySchema, value),
    ]),
  )
}

test('killed at any moment, processes find all rides, and ride.entity has each as it is, and none that is gone', {
  timeout: 300_000,
}, async () => {
  const bikeIds = Array.from({ length: 6 }, () => randomUUID())
  const producedAt = new Date('2025-01-01T00:00:00Z')
  await registerBikes(
    environment.sql,
    bikeIds.map((bikeId) => ({ bikeId, riderId, producedAt })),
  )
  await send(bikeIds, 0, 10)
  await send(bikeIds, 25, 10)
  let service = await startServiceProcess('rides', environment.env)
  try {
    const found = async () => (await Promise.all(bikeIds.map(ridesOf))).flat().length
    await expect.poll(found, { interval: 20 }).toBeGreaterThan(0)
    for (const afterMs of [0, 700, 1_500]) {
      await delay(afterMs)
      await service.end('SIGKILL')
      service = await startServiceProcess('rides', environment.env)
    }
    // A killed process keeps its bikes for half a minute.
    await expect.poll(found, { interval: 200 }).toBe(12)
    const before = (await Promise.all(bikeIds.map(ridesOf))).flat()

    await send(bikeIds, 10, 15)
    await expect.poll(found, { interval: 200 }).toBe(6)
    await environment.settled()
    const rides = (await Promise.all(bikeIds.map(ridesOf))).flat()
    const unpublished = () => environment.sql`select bike_id from ride_changes`
    await expect.poll(unpublished, { interval: 100 }).toEqual([])

    const entities = await published()
    expect([...entities.keys()].sort()).toEqual(before.map(({ rideId }) => rideId).sort())
    expect(
      [...entities]
        .filter(([, entity]) => entity !== undefined)
        .map(([rideId]) => rideId)
        .sort(),
    ).toEqual(rides.map(({ rideId }) => rideId).sort())
    for (const { rideId, bikeId, untilMs, summary } of rides) {
      const entity = entities.get(rideId) as RideEntity
      expect(entity).toMatchObject({ rideId, bikeId, untilMs: BigInt(untilMs), end: 'rest' })
      expect(entity.summary).toMatchObject({ movingMs: summary.movingS * 1_000, recorders: [] })
      expect(entity.riderReference).toMatch(/^[0-9a-f-]{36}$/)
    }
    const texts = (
      await recordsIn({ brokers: environment.brokers, topic: environment.topic('ride.entity') })
    ).map(({ value }) => String(value))
    expect(texts.filter((text) => text.includes(riderId))).toEqual([])
  } finally {
    expect(await service.end('SIGTERM')).toBe(0)
  }
})
