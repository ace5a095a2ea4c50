// Cohorts of components for the analysis of field errors. What no consent covers, and groups too small to be shown, never
// leave the database.
import {
  type Cohort,
  type CohortReader,
  type Grouping,
  smallestGroup,
} from '../../../fleet/field-errors/port.ts'
import type { Sql } from '../client/connect.ts'

// Nobody rides farther in a day; an odometer that says so was reset or exchanged.
const longestDayCm = 50_000_000

const label = (sql: Sql, by: Grouping) =>
  ({
    week: sql`to_char(produced_at at time zone 'UTC', 'IYYY-"W"IW')`,
    plant: sql`plant`,
    batch: sql`batch`,
    hardware: sql`hardware_revision`,
    firmware: sql`firmware_revision`,
  })[by]

export function createCohortReader(sql: Sql): CohortReader {
  return {
    async cohorts({ type, by, from, until }) {
      const known = await sql`select from component_types where component_type = ${type}`
      if (known.length === 0) return undefined
      const rows = await sql<(Omit<Cohort, 'group'> & { group: string | null })[]>`
        with consenting as materialized (
          select rider_id, range_agg(granted) as granted from consents
          where purpose = 'analytics' and not isempty(granted)
          group by rider_id having bool_or(granted @> clock_timestamp())
        ),
        -- One row a bike, rider and day: of several recorders the one that saw most of the way.
        days as materialized (
          select bike_id, rider_id, day, min(first_at) as first_at,
            max(case when odometer_max_cm - odometer_min_cm <= ${longestDayCm}
              then odometer_max_cm - odometer_min_cm else 0 end) / 100000.0 as km
          from bike_days join consenting using (rider_id)
          where day >= ${from}::date and day < ${until}::date
            and granted @> tstzrange(first_at, last_at, '[]')
          group by bike_id, rider_id, day
        ),
        carried as materialized (
          select ${label(sql, by)} as label, bike_id, installed
          from components join installations using (component_id)
          where component_type = ${type}
        ),
        -- A day's way belongs to the component that was in the bike when the day's riding began, once a group.
        ridden as materialized (
          select label, days.bike_id, rider_id, day, max(km) as km
          from days join carried on carried.bike_id = days.bike_id and installed @> first_at
          group by label, days.bike_id, rider_id, day
        ),
        failed as materialized (
          select label, faults.bike_id, faults.rider_id, (at at time zone 'UTC')::date as day,
            count(distinct (recorder_id, at)) as faults
          from fault_events as faults
          join consenting on consenting.rider_id = faults.rider_id and granted @> at
          join component_types on component_type = ${type} and fault_codes @> code
          join carried on carried.bike_id = faults.bike_id and installed @> at
          where at >= ${from}::date::timestamp at time zone 'UTC' and at < ${until}::date::timestamp at time zone 'UTC'
          group by label, faults.bike_id, faults.rider_id, day
        ),
        -- A window and no join: how few rows consents leave is beyond the planner's guess.
        lived as (
          select *, min(day) filter (where faults > 0) over (partition by label, bike_id) as first_fault
          from (
            select label, bike_id, rider_id, day, km, 0 as faults from ridden
            union all
            select label, bike_id, rider_id, day, 0, faults from failed
          ) as days_and_faults
        ),
        fared as materialized (
          select label, bike_id, rider_id, sum(km) as km, sum(faults) as faults,
            sum(km) filter (where first_fault is null or day <= first_fault) as km_at_risk
          from lived group by label, bike_id, rider_id
        ),
        shown as (
          select label from fared group by label
          having least(count(distinct bike_id), count(distinct rider_id)) >= ${smallestGroup}
        )
        select shown.label as group, count(distinct bike_id)::integer as bikes, coalesce(sum(km), 0)::float8 as km,
          coalesce(sum(km_at_risk), 0)::float8 as "kmAtRisk",
          (count(distinct bike_id) filter (where faults > 0))::integer as affected, sum(faults)::integer as faults
        from fared left join shown using (label)
        group by shown.label
        having least(count(distinct bike_id), count(distinct rider_id)) >= ${smallestGroup}
        order by shown.label nulls last`
      return rows.map(({ group, ...sizes }) => ({ ...sizes, group: group ?? undefined }))
    },
  }
}
