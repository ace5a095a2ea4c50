// Attacks by whoever makes the platform store and judge so much that others wait.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { MqttClient } from 'mqtt'
import {
  connectModule,
  makeModule,
  type TestModule,
} from '../../../core/devices/gatekeeper/testing/modules.ts'
import { createDeviceStore } from '../../../core/engines/postgres/devices/device-store.ts'
import { uuidText, writeTrack } from '../../../proto/index.ts'
import { authorityFolder } from '../../../testkit/enrol.ts'
import { recordsOf } from '../../../testkit/platform/observe.ts'
import { rideTrack } from '../../../testkit/platform/rides.ts'
import { type Attack, falls, holds, mustWork } from '../attack-types.ts'

const quotaSamples = 100_000
const samplesOfTrack = 3_600
const mostTracks = 500

/** Publishes hour after hour until it is disconnected; returns the samples that were acknowledged. */
async function flood(client: MqttClient, { bikeId, deviceId }: TestModule): Promise<number> {
  const beganMs = Date.now() - mostTracks * samplesOfTrack * 1_000 - 60_000
  let acknowledged = 0
  for (let n = 0; client.connected && n < mostTracks; n++) {
    const startMs = beganMs + n * samplesOfTrack * 1_000
    const track = rideTrack({ bikeId, recorderId: deviceId, startMs, samples: samplesOfTrack })
    const payload = Buffer.from(writeTrack(track))
    client.publish(`bikes/${bikeId}/telemetry/ride`, payload, { qos: 1 }, (error) => {
      if (!error) acknowledged += samplesOfTrack
    })
    await delay(20)
  }
  return acknowledged
}

const moduleFloods: Attack = {
  name: 'module-floods',
  found:
    'a module sent 37 MB a second, all acknowledged: Kafka took 718 MB and PostgreSQL 299 MB in ten seconds',
  withinMs: 170_000,
  async run(context) {
    const { platform } = context
    const authority = await authorityFolder(platform.env)
    const maker = { mqttUrl: platform.env.MQTT_URL ?? '', authority, store: createDeviceStore(platform.sql) }
    const rider = await platform.newRider({ bikes: 1 })
    const [bikeId = ''] = rider.bikeIds
    const module = await makeModule(maker, { bikeId })
    await platform.sql`update devices set samples_from = '2024-01-01' where device_id = ${module.deviceId}`
    await platform.bikesKnown()
    const client = await connectModule(maker, module)
    const acknowledged = await flood(client, module)
    mustWork('a module within its quota is heard', acknowledged >= quotaSamples / 2)
    if (client.connected) {
      await client.endAsync(true)
      return falls(`${acknowledged} samples were acknowledged, and the module is still connected`)
    }
    await context.until('a suspended module is refused', async () => {
      const again = await connectModule(maker, module).catch(() => undefined)
      await again?.endAsync(true)
      return again === undefined
    })
    // What was on its way when the connection ended may have been taken without a word.
    await context.until('what was acknowledged is taken', async () => {
      const records = await recordsOf(platform, 'telemetry.raw')
      const ours = records.filter(({ key }) => key?.length === 16 && uuidText(key) === bikeId)
      return ours.length * samplesOfTrack >= acknowledged
    })
    return holds
  },
}

const waitingTracks = 200

const waitingMultiplied: Attack = {
  name: 'waiting-tracks-multiplied',
  found:
    'ten uploads of 158 bytes, each naming another battery, made 22,000 rows of 2,000 tracks that waited',
  async run(context) {
    const { platform } = context
    const rider = await platform.newRider({ bikes: 1 })
    const [bikeId = ''] = rider.bikeIds
    const recorderId = randomUUID()
    // The test platform's bikes are of 2022.
    const beforeTheBike = Date.UTC(2021, 0, 1)
    const tracks = Array.from({ length: waitingTracks }, (_, n) =>
      rideTrack({ bikeId, recorderId, startMs: beforeTheBike + n * 10_000, samples: 1 }),
    )
    await platform.upload(rider, tracks)
    const rows = async () => {
      const found = await platform.sql<{ pending: number; all: number; version: number }[]>`
        select count(*) filter (where replayed_at is null)::int as pending, count(*)::int as all,
          (select version::int from known_bikes where bike_id = ${bikeId}) as version
        from quarantine where bike_id = ${bikeId}`
      return found[0] ?? { pending: 0, all: 0, version: 0 }
    }
    await context.until('the tracks wait', async () => (await rows()).pending === waitingTracks)
    for (let n = 0; n < 10; n++) {
      const { version } = await rows()
      // As a doubt about a battery does: the bike is published anew, and nothing of it judges telemetry.
      await platform.sql`update bikes set plant = ${`plant ${n}`} where bike_id = ${bikeId}`
      await context.until('the bike is published anew', async () => (await rows()).version > version)
    }
    const { all } = await rows()
    if (all > waitingTracks) return falls(`${waitingTracks} tracks have ${all} rows`)
    await platform.sql`
      update ownerships set owned = tstzrange('2020-01-01', null) where bike_id = ${bikeId}`
    await context.until('a change of owners wakes them', async () => {
      const replays = await platform.sql<{ judged: number }[]>`
        select count(*)::int as judged from quarantine
        where bike_id = ${bikeId} and replayed_at is null
          and bike_version = (select version from known_bikes where bike_id = ${bikeId})`
      return replays[0]?.judged === waitingTracks
    })
    const after = (await rows()).all
    return after === waitingTracks ? holds : falls(`after one change of owners they have ${after} rows`)
  },
}

export const quotaAttacks: readonly Attack[] = [moduleFloods, waitingMultiplied]
