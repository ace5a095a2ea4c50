// Master data in PostgreSQL as service staff read it: a bike as it is, and a component's life through bikes.
import type { BikeView, ComponentView, RecordStore } from '../../../fleet/registry/reader-port.ts'
import type { Sql } from '../client/connect.ts'
import { bikeHistory, frameNumbers } from './history.ts'
import { searchId, searchNumber } from './search.ts'

export function createRecordStore(sql: Sql): RecordStore {
  return {
    searchNumber: (begin, page) => searchNumber(sql, begin, page),
    searchId: (id, page) => searchId(sql, id, page),
    frameNumbers: (bikeId) => frameNumbers(sql, bikeId),
    history: (of, page) => bikeHistory(sql, of, page),
    bike: (bikeId) => readBike(sql, bikeId),
    component: (componentId) => readComponent(sql, componentId),
  }
}

/** One statement, so that all of it is of one moment. */
async function readBike(sql: Sql, bikeId: string): Promise<BikeView | undefined> {
  const [bike] = await sql<BikeView[]>`
    with parts as (
      select * from installations join components using (component_id)
      where bike_id = ${bikeId}::uuid and upper_inf(installed))
    select bike_id as "bikeId", version::float8 as version, frame_number as "frameNumber",
      (select json_build_object('modelId', model_id, 'name', name) from bike_models
        where bike_models.model_id = bikes.model_id) as model,
      plant, oem, epoch_ms(produced_at) as "producedAtMs", epoch_ms(delivered_at) as "deliveredAtMs",
      epoch_ms(registered_at) as "registeredAtMs",
      exists (select from ownerships where ownerships.bike_id = bikes.bike_id and owned @> now()) as owned,
      coalesce((select json_agg(${componentJson(sql, sql`'slot', slot, 'installedAtMs', epoch_ms(lower(installed)),`)}
        order by slot) from parts), '[]') as parts,
      coalesce((select json_agg(json_build_object(
          'slot', slot, 'serialNumber', serial_number, 'toldAtMs', epoch_ms(told_at)) order by slot)
        from reported_parts where reported_parts.bike_id = bikes.bike_id), '[]') as "reportedParts",
      ${openFindings(sql, sql`bike_id = bikes.bike_id or component_id in (select component_id from parts)`)} as findings
    from bikes join bike_changes using (bike_id)
    where bike_id = ${bikeId}::uuid`
  return bike
}

async function readComponent(sql: Sql, componentId: string): Promise<ComponentView | undefined> {
  const [row] = await sql<{ component: ComponentView }[]>`
    select ${componentJson(
      sql,
      sql`
      'recycledAtMs', epoch_ms(recycled_at),
      'aliases', array(select serial_number from component_aliases as aliases
        where aliases.component_id = components.component_id order by 1),
      'installations', coalesce((
        select json_agg(json_build_object(
          'bikeId', bike_id, 'frameNumber', frame_number, 'slot', slot, 'installedAtMs', epoch_ms(lower(installed)),
          'removedAtMs', epoch_ms(upper(installed)), 'installedBy', installed_by, 'removedBy', removed_by)
          order by installed)
        from installations join bikes using (bike_id)
        where installations.component_id = components.component_id), '[]'),
      'serviceEvents', coalesce((
        select json_agg(json_build_object('eventId', event_id, 'kind', kind, 'atMs', epoch_ms(at), 'bikeId', bike_id)
          order by at, event_id)
        from service_events where service_events.component_id = components.component_id), '[]'),
      'findings', ${openFindings(sql, sql`component_id = components.component_id`)},`,
    )} as component
    from components where component_id = ${componentId}::uuid`
  return row?.component
}

/** A row of components as JSON, with more in front. */
const componentJson = (sql: Sql, more: ReturnType<Sql>) => sql`
  json_build_object(${more} 'componentId', component_id, 'type', component_type, 'serialNumber', serial_number,
    'hardwareRevision', hardware_revision, 'firmwareRevision', firmware_revision, 'batch', batch, 'plant', plant,
    'producedAtMs', epoch_ms(produced_at))`

const openFindings = (sql: Sql, which: ReturnType<Sql>) => sql`
  coalesce((
    select json_agg(json_build_object('findingId', finding_id, 'reason', reason, 'subject', subject, 'detail', detail,
      'evidence', evidence, 'openedAtMs', epoch_ms(opened_at)) order by opened_at, finding_id)
    from fleet_findings where closed_at is null and (${which})), '[]')`
