// What riders say of their rides, and the places that they keep private.
import type { PrivacyZone, PrivacyZones } from '../../../riders/own-data/port.ts'
import type { RideNote, RideNotes } from '../../../riders/rides/notes-port.ts'
import type { Sql } from '../client/connect.ts'

export function createRideNotes(sql: Sql): RideNotes {
  return {
    async notesOf({ riderId, fromMs, untilMs }) {
      const rows = await sql<(Omit<RideNote, 'name'> & { name: string | null })[]>`
        select bike_id as "bikeId", epoch_ms(at) as "atMs", epoch_ms(changed_at) as "changedAtMs", name, hidden,
          not_me as "notMe"
        from ride_notes
        where rider_id = ${riderId} and at between ${new Date(fromMs)} and ${new Date(untilMs)}`
      return rows.map((row) => ({ ...row, name: row.name ?? undefined }))
    },
    async put({ riderId, bikeId, atMs, name, hidden, notMe }) {
      await sql`
        insert into ride_notes (rider_id, bike_id, at, name, hidden, not_me)
        values (${riderId}, ${bikeId}, ${new Date(atMs)}, ${name ?? null}, ${hidden}, ${notMe})
        on conflict (rider_id, at, bike_id) do update set
          name = excluded.name, hidden = excluded.hidden, not_me = excluded.not_me, changed_at = clock_timestamp()`
    },
  }
}

/** Of riders without zones, for which no key is used. */
const noKey = new Uint8Array(32)

export function createPrivacyZones(sql: Sql): PrivacyZones {
  return {
    async of(riderId) {
      const [row] = await sql<{ zones: PrivacyZone[]; key: Uint8Array }[]>`
        select zones, key from privacy_zones where rider_id = ${riderId}`
      return row ?? { zones: [], key: noKey }
    },
    async replace(riderId, zones) {
      await sql`
        insert into privacy_zones (rider_id, zones) values (${riderId}, ${sql.json([...zones] as never)})
        on conflict (rider_id) do update set zones = excluded.zones`
    },
  }
}
