// Suspensions of modules in PostgreSQL: they outlive the bridge that decided them.
import type { SuspensionStore } from '../../../devices/bridge/port.ts'
import type { Sql } from '../client/connect.ts'

interface Row {
  bikeId: string
  times: number
  untilMs: number
}

export function createSuspensionStore(sql: Sql): SuspensionStore {
  return {
    suspend: (bikeIds, plan) =>
      sql.begin(async (tx) => {
        const ids = [...bikeIds].sort()
        await tx`
          insert into module_suspensions (bike_id) select unnest(${ids}::uuid[]) order by 1 on conflict do nothing`
        const known = await tx<Row[]>`
          select bike_id as "bikeId", times, epoch_ms(suspended_until) as "untilMs" from module_suspensions
          where bike_id = any(${ids}::uuid[]) order by bike_id for update`
        // The lock may have been waited for, so the time is that of the clock and not of the transaction's begin.
        const [now] = await tx<{ ms: number }[]>`select epoch_ms(clock_timestamp()) as ms`
        const fresh = known.flatMap((row) => {
          const planned = plan(row.times === 0 ? undefined : row, now?.ms ?? 0)
          return planned.untilMs === row.untilMs ? [] : [{ ...planned, bikeId: row.bikeId }]
        })
        for (const { bikeId, times, untilMs } of fresh) {
          await tx`
            update module_suspensions
            set times = ${times}, suspended_at = clock_timestamp(), suspended_until = ${new Date(untilMs)}
            where bike_id = ${bikeId}::uuid`
        }
        return fresh
      }),
    async suspended(limit) {
      const rows = await sql<{ bikeId: string }[]>`
        select bike_id as "bikeId" from module_suspensions where suspended_until > now() limit ${limit}`
      return rows.map(({ bikeId }) => bikeId)
    },
  }
}
