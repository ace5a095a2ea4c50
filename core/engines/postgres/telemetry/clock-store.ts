// The decisions about clocks, each kept as it was first made.
import type { ClockRule } from '../../../telemetry/normalize/clock.ts'
import { type ClockProposal, type ClockStore, clockName } from '../../../telemetry/normalize/port.ts'
import type { Sql } from '../client/connect.ts'

export function createClockStore(sql: Sql): ClockStore {
  return {
    async settle(proposals, keys) {
      if (proposals.length > 0) await insertMissing(sql, proposals)
      // A statement of its own: only so it sees what another worker has decided meanwhile.
      const rows = await sql<{ recorderId: string; clockEpoch: string; rule: ClockRule; offsetMs: string }[]>`
        select recorder_id as "recorderId", clock_epoch as "clockEpoch", rule, offset_ms as "offsetMs"
        from clock_offsets join unnest(
          ${keys.map(({ recorderId }) => recorderId)}::uuid[],
          ${keys.map(({ clockEpoch }) => clockEpoch)}::bigint[]
        ) as wanted (recorder_id, clock_epoch) using (recorder_id, clock_epoch)`
      return new Map(
        rows.map(({ recorderId, clockEpoch, rule, offsetMs }) => [
          clockName({ recorderId, clockEpoch: Number(clockEpoch) }),
          { rule, offsetMs: Number(offsetMs) },
        ]),
      )
    },
  }
}

/** In key order, so that two workers cannot wait for each other. */
async function insertMissing(sql: Sql, proposals: readonly ClockProposal[]): Promise<void> {
  await sql`
    insert into clock_offsets (recorder_id, clock_epoch, rule, offset_ms, decided_by)
    select * from unnest(
      ${proposals.map(({ recorderId }) => recorderId)}::uuid[],
      ${proposals.map(({ clockEpoch }) => clockEpoch)}::bigint[],
      ${proposals.map(({ decision }) => decision.rule)}::text[],
      ${proposals.map(({ decision }) => decision.offsetMs)}::bigint[],
      ${proposals.map(({ trackId }) => trackId)}::uuid[]
    ) as proposed (recorder_id, clock_epoch, rule, offset_ms, decided_by)
    order by recorder_id, clock_epoch
    on conflict do nothing`
}
