// Bikes with a battery each, and what they rode, written straight into the tables that the analysis reads.
import { randomUUID } from 'node:crypto'
import type { Sql } from '../../../engines/postgres/client/connect.ts'
import { createFieldStore } from '../../../engines/postgres/fleet/field-error-store.ts'

const producedAt = '2025-03-03T08:00:00Z'

/** The type `battery` with fault codes 1000 to 1999. Everything below is said by the event returned. */
export async function defineBatteries(sql: Sql): Promise<string> {
  const eventId = randomUUID()
  await sql`
    insert into manufacturing_events (event_id, source, kind, subjects, statement, sha256, record, state, provenance)
    values (${eventId}, 'plant:test', 'component_type_defined', '{}', '', '', 'test', 'applied', 'legacy')`
  await sql`
    insert into component_types (component_type, name, serial_pattern, check_digit, fault_codes, said_by)
    values ('battery', 'Battery', '.*', 'none', '[1000,2000)', ${eventId})`
  return eventId
}

export interface TestBike {
  readonly batch: string
  readonly saidBy: string
  readonly plant?: string
}

/** A bike with a new battery in it, installed at production. */
export async function addBike(sql: Sql, { batch, saidBy, plant = 'North' }: TestBike) {
  const [bikeId, componentId] = [randomUUID(), randomUUID()]
  await sql`insert into bikes (bike_id, produced_at) values (${bikeId}, ${producedAt})`
  await sql`
    insert into components (component_id, component_type, serial_number, hardware_revision, firmware_revision, batch,
      plant, produced_at, said_by)
    values (${componentId}, 'battery', ${componentId}, 'H1', '1.0', ${batch}, ${plant}, ${producedAt}, ${saidBy})`
  await sql`
    insert into installations (bike_id, slot, component_id, installed, installed_by)
    values (${bikeId}, 'battery', ${componentId}, tstzrange(${producedAt}, null), ${saidBy})`
  return { bikeId, componentId }
}

export async function consent(sql: Sql, riderId: string, [from, until]: readonly [string, string | null]) {
  await sql`
    insert into consents (rider_id, purpose, granted)
    values (${riderId}, 'research', tstzrange(${from}, ${until}))`
}

export interface TestRide {
  readonly bikeId: string
  readonly riderId: string
  /** `2026-01-31`; ridden from 10 to 11 o'clock. */
  readonly day: string
  readonly km: number
  /** Fault codes, one a minute from half past ten. */
  readonly faults?: readonly number[]
  readonly recorderId?: string
}

export async function note(sql: Sql, rides: readonly TestRide[]): Promise<void> {
  const at = (day: string, time: string) => Date.parse(`${day}T${time}Z`)
  const known = rides.map((ride) => ({ recorderId: ride.bikeId, ...ride }))
  await createFieldStore(sql).note({
    days: known.map(({ bikeId, riderId, day, km, recorderId }) => ({
      ...{ bikeId, riderId, day, recorderId, odometerCm: [{ from: 0, until: km * 100_000 }] },
      ...{ firstAtMs: at(day, '10:00'), lastAtMs: at(day, '11:00') },
    })),
    faults: known.flatMap(({ bikeId, riderId, day, recorderId, faults = [] }) =>
      faults.map((code, index) => ({
        ...{ bikeId, riderId, recorderId, code, severity: 3, active: true },
        atMs: at(day, '10:30') + index * 60_000,
      })),
    ),
  })
}
