// Why modules were refused lately.
import type { ModuleRefusal, RefusalStore } from '../../../devices/gatekeeper/port.ts'
import type { Sql } from '../client/connect.ts'

export function createRefusalStore(sql: Sql): RefusalStore {
  return {
    async note({ deviceId, question, reason, wanted }) {
      await sql`
        insert into module_refusals (device_id, question, reason, wanted)
        values (${deviceId}::uuid, ${question}, ${reason}, ${wanted})
        on conflict (device_id, question, reason) do update set wanted = excluded.wanted, refused_at = now()`
    },
    ofBike: (bikeId) => sql<(ModuleRefusal & { atMs: number })[]>`
      select device_id as "deviceId", question, reason, wanted, epoch_ms(refused_at) as "atMs"
      from module_refusals join devices using (device_id)
      where bike_id = ${bikeId}::uuid order by refused_at desc, question, reason`,
  }
}
