// Bikes that have changed, and each as a whole: from the tables of master data to the entities that are published.
import { create } from '@bufbuild/protobuf'
import { type BikeEntity, BikeEntitySchema } from '../../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import type { ChangedBike } from '../../../fleet/publication/port.ts'
import type { Outbox } from '../../../runtime/publication.ts'
import { backlogOf, type Sql } from '../client/connect.ts'

/** Notified when a bike has changed. */
export const bikesChangedChannel = 'bikes_changed'

interface Row {
  bikeId: string
  version: number
  registered: boolean
  frameNumber: string | null
  modelId: string | null
  plant: string | null
  oem: string | null
  producedAtMs: number
  deliveredAtMs: number | null
  ownerships: { riderId: string; fromMs: number | null; untilMs: number | null }[]
  parts: PartRow[]
  devices: { deviceId: string; samplesFromMs: number }[]
  flags: { reason: string; subject: string; sinceMs: number }[]
}

interface PartRow {
  slot: string
  componentId: string
  type: string
  serialNumber: string
  hardwareRevision: string
  firmwareRevision: string
  batch: string
  installedAtMs: number
}

export function createBikeChanges(sql: Sql): Outbox<ChangedBike> {
  return {
    waiting: async (limit) => (await waitingRows(sql, limit)).map(changedBike),
    async published(bikes) {
      // A locked row belongs to somebody who is changing the bike, so it is published again anyway. Waiting might be in a circle.
      const { count } = await sql`
        update bike_changes set published_version = greatest(published_version, given.version)
        from unnest(
          ${bikes.map(({ bikeId }) => bikeId)}::uuid[], ${bikes.map(({ version }) => version)}::bigint[]
        ) as given (bike_id, version)
        where bike_changes.bike_id = given.bike_id and bike_changes.bike_id in (
          select bike_id from bike_changes where bike_id = any(${bikes.map(({ bikeId }) => bikeId)}::uuid[])
          for update skip locked)`
      return count
    },
    backlog: () => backlogOf(sql, 'changed_at', sql`bike_changes where published_version < version`),
  }
}

/** More tell nobody more, and an entity has to fit into a record. */
const mostFlags = 100

/** A new owner of a bike with a module is published when no command of the former one can reach it any more. */
const hasUnpurged = (sql: Sql) => sql`(
  exists (select from command_purges as purge where purge.bike_id = bike_changes.bike_id)
  and exists (select from devices where devices.bike_id = bike_changes.bike_id and revoked_at is null))`

/** One statement: versions and what they stand for are of one moment, and nobody is kept waiting. */
function waitingRows(sql: Sql, limit: number): Promise<Row[]> {
  return sql<Row[]>`
    select changes.bike_id as "bikeId", version::float8 as version, bikes.bike_id is not null as registered,
      frame_number as "frameNumber", model_id as "modelId", plant, oem,
      epoch_ms(produced_at) as "producedAtMs", epoch_ms(delivered_at) as "deliveredAtMs",
      coalesce((
        select json_agg(json_build_object('deviceId', device_id, 'samplesFromMs', epoch_ms(samples_from))
          order by device_id::text)
        from devices where devices.bike_id = changes.bike_id), '[]') as devices,
      coalesce((
        select json_agg(json_build_object(
          'riderId', rider_id, 'fromMs', epoch_ms(lower(owned)), 'untilMs', epoch_ms(upper(owned))) order by owned)
        from ownerships where ownerships.bike_id = changes.bike_id), '[]') as ownerships,
      coalesce((
        select json_agg(json_build_object(
          'slot', slot, 'componentId', component_id, 'type', component_type, 'serialNumber', serial_number,
          'hardwareRevision', hardware_revision, 'firmwareRevision', firmware_revision, 'batch', batch,
          'installedAtMs', epoch_ms(lower(installed))) order by slot)
        from installations join components using (component_id)
        where installations.bike_id = changes.bike_id and upper_inf(installed)), '[]') as parts,
      coalesce((
        select json_agg(json_build_object('reason', reason, 'subject', subject, 'sinceMs', epoch_ms(opened_at))
          order by reason, subject, opened_at)
        from (
          select reason, subject, opened_at from fleet_findings
          where closed_at is null and (fleet_findings.bike_id = changes.bike_id or fleet_findings.component_id in (
            select component_id from installations
            where installations.bike_id = changes.bike_id and upper_inf(installed)))
          order by reason, subject, opened_at limit ${mostFlags}) as open), '[]') as flags
    from (
      select bike_id, version from bike_changes where published_version < version and not ${hasUnpurged(sql)}
      order by changed_at limit ${limit}
    ) as changes left join bikes using (bike_id)`
}

function changedBike(row: Row): ChangedBike {
  const { bikeId, version, registered } = row
  return { bikeId, version, entity: registered ? entityOf(row) : undefined }
}

function entityOf({ bikeId, ...row }: Row): BikeEntity {
  return create(BikeEntitySchema, {
    bikeId,
    version: BigInt(row.version),
    frameNumber: row.frameNumber ?? '',
    modelId: row.modelId ?? '',
    plant: row.plant ?? '',
    oem: row.oem ?? '',
    producedAtMs: BigInt(row.producedAtMs),
    ...optional('deliveredAtMs', row.deliveredAtMs),
    ownerships: row.ownerships.map(({ riderId, fromMs, untilMs }) => ({
      ...{ riderId, ...optional('fromMs', fromMs), ...optional('untilMs', untilMs) },
    })),
    parts: row.parts.map(({ installedAtMs, ...part }) => ({ ...part, installedAtMs: BigInt(installedAtMs) })),
    deviceIds: row.devices.map(({ deviceId }) => deviceId),
    devices: row.devices.map(({ deviceId, samplesFromMs }) => ({
      ...{ deviceId, samplesFromMs: BigInt(samplesFromMs) },
    })),
    flags: row.flags.map(({ sinceMs, ...flag }) => ({ ...flag, sinceMs: BigInt(sinceMs) })),
  })
}

function optional<K extends string>(key: K, ms: number | null) {
  return (ms === null ? {} : { [key]: BigInt(ms) }) as { [key in K]?: bigint }
}
