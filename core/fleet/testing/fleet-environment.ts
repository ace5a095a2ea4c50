// Intake without Kafka: statements go straight to the store, as the worker would hand them over.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createReviewReader } from '../../engines/postgres/fleet/review-store.ts'
import { createFleetStore } from '../../engines/postgres/fleet/store.ts'
import { judgeAgain, takeIn } from '../judging/decide.ts'
import type { IntakePlan } from '../judging/plan.ts'
import type { FleetStore } from '../judging/port.ts'
import { rules as allRules } from '../judging/rules/index.ts'
import type { Rule } from '../judging/rules/rule.ts'
import type { Review } from '../review/port.ts'
import { createReview } from '../review/review.ts'
import { contentSha256 } from '../statements/statement-id.ts'

export interface FleetEnvironment {
  readonly store: FleetStore
  /** One batch. */
  intake(statements: readonly ManufacturingEvent[]): Promise<IntakePlan>
  /** Judges what is due until nothing is. */
  settle(): Promise<void>
  /** States by event id, of all statements. */
  states(): Promise<ReadonlyMap<string, string>>
  /** The master data as it is now, without ids of rows and times of writing. */
  picture(): Promise<unknown>
}

/** The review of what is in the database. */
export function createReviewOn(sql: Sql, rules: readonly Rule[] = allRules): Review {
  return createReview({ store: createFleetStore(sql), reader: createReviewReader(sql), rules })
}

const mostRounds = 1_000

export function createFleetEnvironment(sql: Sql, rules: readonly Rule[] = allRules): FleetEnvironment {
  const store = createFleetStore(sql)
  return {
    store,
    intake(statements) {
      const received = statements.map((event, index) => ({
        event,
        contentSha256: contentSha256(event),
        record: `test/0/${index}`,
        receivedAtMs: Date.now(),
        speaker: { provenance: 'legacy' } as const,
      }))
      return takeIn(received, { store, rules })
    },
    async settle() {
      for (let round = 0; round < mostRounds; round++) {
        if ((await judgeAgain({ store, rules }, 100)).length === 0) return
      }
      throw new Error('statements are judged again and again')
    },
    async states() {
      const rows = await sql<{ eventId: string; state: string }[]>`
        select event_id as "eventId", state from manufacturing_events`
      return new Map(rows.map(({ eventId, state }) => [eventId, state]))
    },
    async picture() {
      const [row] = await sql<{ picture: unknown }[]>`
        select json_build_object(
          'bikes', (select json_agg(b order by frame_number) from (
            select bike_id, frame_number, model_id, plant, oem, produced_at, delivered_at from bikes) as b),
          'components', (select json_agg(c order by component_type, serial_number) from (
            select component_type, serial_number, hardware_revision, firmware_revision, batch, plant, produced_at,
              recycled_at from components) as c),
          'installations', (select json_agg(i order by bike_id, slot, installed) from (
            select bike_id, slot, serial_number, installed from installations join components using (component_id)) as i),
          'ownerships', (select json_agg(o order by bike_id, owned) from (
            select bike_id, rider_id, owned from ownerships) as o)) as picture`
      return row?.picture
    },
  }
}
