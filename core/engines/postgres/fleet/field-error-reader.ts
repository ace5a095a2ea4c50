// Cohorts of components for the analysis of field errors: facts of each group. A large fleet has hundreds of millions of
// days, so what consents do not cover is left out here; the tests hold this to the rule in core/riders/consent/rules.ts.
import type { CohortReader, GroupFacts, Grouping, Members, Way } from '../../../fleet/field-errors/port.ts'
import type { Sql } from '../client/connect.ts'

const label = (sql: Sql, by: Grouping) =>
  ({
    week: sql`to_char(produced_at at time zone 'UTC', 'IYYY-"W"IW')`,
    plant: sql`plant`,
    batch: sql`batch`,
    hardware: sql`hardware_revision`,
    firmware: sql`firmware_revision`,
  })[by]

/** A recorder that was silent for longer has another counter. */
const longestGapCm = 1_000_000

export function createCohortReader(sql: Sql): CohortReader {
  return {
    async cohorts({ type, by, from, until }, { purpose, longestDayCm, membersBelow }) {
      const known = await sql`select from component_types where component_type = ${type}`
      if (known.length === 0) return undefined
      const rows = await sql<Row[]>`
        with consenting as materialized (
          select rider_id, range_agg(granted) as granted from consents
          where purpose = ${purpose} and not isempty(granted)
          group by rider_id having bool_or(granted @> clock_timestamp())
        ),
        -- What a recorder saw between two of its tracks is way as well; where much is missing, it was another counter.
        seen as (
          select bike_id, rider_id, day, recorder_id, first_at, last_at,
            case when cm <= ${longestDayCm} then cm else 0 end as cm
          from bike_days join consenting using (rider_id) cross join lateral (
            select coalesce(sum(upper(way) - lower(way) + case when gap <= ${longestGapCm} then gap else 0 end), 0) as cm
            from (
              select way, lower(way) - lag(upper(way)) over (order by way) as gap from unnest(odometer_cm) as way
            ) as ways
          ) as ridden
          where day >= ${from}::date and day < ${until}::date
            and granted @> tstzrange(first_at, last_at, '[]')
        ),
        -- Recorders at the same time see the same way, one after the other each its own.
        shifts as (
          select *, count(*) filter (where begins) over (
              partition by bike_id, rider_id, day order by first_at, recorder_id) as shift
          from (
            select *, coalesce(first_at > max(last_at) over (
                partition by bike_id, rider_id, day order by first_at, recorder_id
                rows between unbounded preceding and 1 preceding), true) as begins
            from seen
          ) as marked
        ),
        days as materialized (
          select bike_id, rider_id, day, min(first_at) as first_at, sum(cm) / 100000.0 as km
          from (
            select bike_id, rider_id, day, min(first_at) as first_at, max(cm) as cm
            from shifts group by bike_id, rider_id, day, shift
          ) as of_shifts
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
        -- Whoever tells of it, and however often: a fault is there until its end is told, or nobody tells of it for half a day.
        told as materialized (
          select bike_id, rider_id, code, at, active,
            coalesce(lag(active) over of_fault and lag(at) over of_fault > at - interval '12 hours', false) as was_active
          from fault_events join consenting using (rider_id)
          where granted @> at
            and at >= ${from}::date::timestamp at time zone 'UTC' - interval '12 hours'
            and at < ${until}::date::timestamp at time zone 'UTC'
          window of_fault as (partition by bike_id, rider_id, code order by at, active)
        ),
        failed as materialized (
          select label, faults.bike_id, faults.rider_id, (at at time zone 'UTC')::date as day,
            count(distinct (code, at)) as faults
          from told as faults
          join component_types on component_type = ${type} and fault_codes @> code
          join carried on carried.bike_id = faults.bike_id and installed @> at
          where active and not was_active and at >= ${from}::date::timestamp at time zone 'UTC'
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
        totals as materialized (
          select label, bike_id, rider_id, sum(faults) as faults,
            sum(km) filter (where first_fault is null or day < first_fault) as km_before,
            sum(km) filter (where day = first_fault) as km_then,
            sum(km) filter (where day > first_fault) as km_after
          from lived group by label, bike_id, rider_id
        ),
        groups as (
          select label, count(distinct bike_id)::integer as bikes, count(distinct rider_id)::integer as riders,
            (count(distinct bike_id) filter (where faults > 0))::integer as affected, sum(faults)::integer as faults,
            coalesce(sum(km_before), 0)::float8 as "beforeFirstFaultKm",
            coalesce(sum(km_then), 0)::float8 as "onThatDayKm", coalesce(sum(km_after), 0)::float8 as "afterwardsKm"
          from totals group by label
        ),
        members as (
          select label, array_agg(distinct bike_id::text) as "bikeIds", array_agg(distinct rider_id) as "riderIds",
            coalesce(array_agg(distinct bike_id::text) filter (where totals.faults > 0), '{}') as "affectedBikeIds"
          from totals join groups using (label) where bikes < ${membersBelow} or riders < ${membersBelow}
          group by label
        )
        select * from groups left join members using (label) order by label`
      return rows.map(factsOf)
    },
  }
}

type Row = Omit<GroupFacts, 'group' | 'way' | 'members'> & Way & { label: string } & (Members | Nulls)
type Nulls = { readonly [K in keyof Members]: null }

function factsOf(row: Row): GroupFacts {
  const { label: group, bikes, riders, affected, faults, ...rest } = row
  const { beforeFirstFaultKm, onThatDayKm, afterwardsKm, ...members } = rest
  return {
    ...{ group, bikes, riders, affected, faults },
    way: { beforeFirstFaultKm, onThatDayKm, afterwardsKm },
    members: members.bikeIds === null ? undefined : members,
  }
}
