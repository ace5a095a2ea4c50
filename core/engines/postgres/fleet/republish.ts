// Bikes that are published again as they are.
import type { Sql } from '../client/connect.ts'

const pageSize = 10_000

/** Makes a new version of all bikes, or of one, so that each is published again as it is; returns how many those were. */
export async function republish(sql: Sql, bikeId?: string): Promise<number> {
  let bikes = 0
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const [page] = await sql<{ bikes: number; last: string | null }[]>`
      with page as (
        select bike_id from bike_changes
        where bike_id > ${after}::uuid and (${bikeId ?? null}::uuid is null or bike_id = ${bikeId ?? null}::uuid)
        order by bike_id limit ${pageSize}),
      marked as (select mark_bikes_changed(array(select bike_id from page)))
      select count(*)::float8 as bikes, (array_agg(bike_id order by bike_id desc))[1] as last from page, marked`
    if (page === undefined || page.last === null) return bikes
    bikes += page.bikes
    after = page.last
  }
}
