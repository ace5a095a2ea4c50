// Samples that waited in quarantine, released through the real processes of normalize and quarantine.
import { randomUUID } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RawTrackSchema, uuidBytes, uuidV7Bytes, writeTrack } from '../../../proto/index.ts'
import { knowBikes } from '../../../testkit/known-bikes.ts'
import { rideTrack } from '../../../testkit/platform/rides.ts'
import { type ServiceProcess, startServiceProcess } from '../../../testkit/service-process.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { replay } from '../../telemetry/quarantine/replay.ts'
import type { Ride } from './port.ts'
import { openRidesEnvironment, type RidesEnvironment } from './testing/environment.ts'
import { minutes, startMs } from './testing/samples.ts'

let environment: RidesEnvironment
let services: ServiceProcess[] = []
beforeAll(async () => {
  environment = await openRidesEnvironment()
  environment.startMarker('rides')
  environment.startFinder()
  const { env } = environment
  services = await Promise.all([
    startServiceProcess('normalize', env),
    startServiceProcess('quarantine', env),
  ])
})
afterAll(async () => {
  await Promise.all(services.map((service) => service.end('SIGTERM')))
  await environment.close()
})

test('what quarantine releases changes the ride', async () => {
  const { sql, store, producer, topic } = environment
  const [bikeId, riderId] = [randomUUID(), 'anna']
  const ownedFrom = new Date(startMs + minutes(15))
  await registerBikes(sql, [{ bikeId, riderId, ownedFrom, producedAt: new Date('2025-01-01T00:00:00Z') }])
  await knowBikes(sql)
  const track = rideTrack({ bikeId, recorderId: randomUUID(), startMs, samples: 1_800 })
  const raw = create(RawTrackSchema, {
    ...{ trackId: uuidV7Bytes(), uploadId: uuidV7Bytes(), sender: riderId, samples: 1_800 },
    ...{ receivedAtMs: BigInt(startMs + minutes(40)), track: writeTrack(track) },
  })
  const value = toBinary(RawTrackSchema, raw)
  await producer.send([{ topic: topic('telemetry.raw'), key: uuidBytes(bikeId), value }])
  const rides = () => store.ridesBetween(bikeId, { fromMs: 0, untilMs: Date.UTC(2100, 0) })
  const patiently = { interval: 100 }
  await expect.poll(rides, patiently).toHaveLength(1)
  const waiting = createQuarantineStore(sql)
  await expect
    .poll(() => waiting.list({ bikeId }, 2), patiently)
    .toMatchObject([{ reason: 'bike_foreign', samples: 900 }])
  await environment.settled()
  const [half] = (await rides()) as [Ride]
  expect(half).toMatchObject({ fromMs: startMs + minutes(15), summary: { samples: 900 } })

  // The bike was hers all the time; normalize believes it at the latest when its cache forgets.
  await sql`update ownerships set owned = tstzrange(lower(owned) - interval '1 hour', null) where bike_id = ${bikeId}`
  await knowBikes(sql)
  const release = () =>
    replay({ store: waiting, producer, rawTopic: topic('telemetry.raw'), filter: { bikeId }, limit: 5 })
  await expect.poll(release, patiently).toEqual({ entries: 1, tracks: 1 })
  const whole = { rideId: `${bikeId}-${startMs.toString(16).padStart(12, '0')}`, fromMs: startMs }
  await expect
    .poll(rides, patiently)
    .toMatchObject([{ ...whole, untilMs: half.untilMs, summary: { samples: 1_800 } }])
  expect(await environment.reader.covering({ riderId, bikeId, atMs: half.fromMs })).toMatchObject(whole)
})
