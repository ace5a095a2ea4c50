// Takes back statements in PostgreSQL: locks and loads what they are connected with, and writes what the plan says, in one
// transaction. Nobody sees a bike between its old and its new state.
import {
  mostConnected,
  type RetractionOrder,
  type RetractionOutcome,
  type RetractionPlan,
  type RetractionQuestion,
  type RetractionStore,
  type RetractionTarget,
  type RetractionWrites,
  type StandingBike,
} from '../../../fleet/retraction/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { writeChanges } from './changes.ts'
import { loadFacts } from './facts.ts'
import { reconcileChanged } from './installed-part-findings.ts'
import { loadKeys, loadPartners, partnersOf } from './partners.ts'
import { loadStatements, writeStatements } from './statements.ts'
import { isRace, lockSubjects } from './store.ts'

/** Others were faster so often. */
const mostRaces = 8
/** Each round but the last finds statements that were not known before. */
const mostRounds = mostConnected + mostRaces

export function createRetractionStore(sql: Sql): RetractionStore {
  return {
    async retract(first, plan, order) {
      let question = first
      let races = 0
      for (let round = 0; round < mostRounds; round++) {
        try {
          const found = await sql.begin((tx) => retractIn(tx, { question, plan, order }))
          if (!('more' in found)) return found
          question = found.more
        } catch (error) {
          races++
          if (races === mostRaces || !isRace(error)) throw error
        }
      }
      throw new Error(`after ${mostRounds} rounds more is connected than was locked`)
    },
  }
}

interface Asked {
  readonly question: RetractionQuestion
  readonly plan: RetractionPlan
  readonly order: RetractionOrder | undefined
}

async function retractIn(
  tx: Transaction,
  { question, plan, order }: Asked,
): Promise<RetractionOutcome | { more: RetractionQuestion }> {
  const answer = plan.answer(await lockAndLoad(tx, question), question)
  if ('more' in answer) return answer
  const { outcome, writes } = answer
  if (writes === undefined || order === undefined) return outcome
  const reports = await reportsOf(tx, writes)
  await clear(tx, writes.cleared)
  await writeStatements(tx, writes.fleet)
  await writeChanges(tx, writes.fleet.batches)
  await tx`delete from bikes where bike_id = any(${[...writes.forgotten]}::uuid[])`
  const bikes = new Map([...reports, ...writes.fleet.changedParts.bikes])
  await reconcileChanged(tx, { ...writes.fleet.changedParts, bikes }, plan.reconcile)
  await tx`
    update claim_codes set ended_at = now()
    where said_by = any(${[...writes.voided]}::uuid[]) and ended_at is null`
  await note(tx, writes.eventIds, order)
  await distrust(tx, order.target)
  return outcome
}

async function lockAndLoad(tx: Transaction, { target, connecting, locks, names }: RetractionQuestion) {
  await lockSubjects(tx, locks)
  const { asked, distrustedFromMs } = await askedOf(tx, target)
  const statements = await loadStatements(
    tx,
    tx`event_id = any(${asked}::uuid[]) or event_id in (
      select event_id from manufacturing_events
      where subjects && ${[...connecting]}::text[] and state in ('applied', 'held') limit ${mostConnected + asked.length + 1}
    ) order by position`,
  )
  const snapshot = await loadFacts(tx, names, [])
  const partners = await loadPartners(tx, partnersOf(statements))
  const standing = await tx<StandingBike[]>`
    select bike_id as "bikeId", (extract(epoch from registered_as_produced_at) * 1000)::float8 as "registeredAsProducedAtMs"
    from bikes where bike_id = any(${snapshot.bikes.map(({ bikeId }) => bikeId)}::uuid[]) and (
      registered_as_produced_at is not null
      or exists (select from bike_changes where bike_changes.bike_id = bikes.bike_id and published_version > 0)
      or exists (select from devices where devices.bike_id = bikes.bike_id)
      or exists (select from ownerships where ownerships.bike_id = bikes.bike_id)
      or exists (select from ownership_changes where ownership_changes.bike_id = bikes.bike_id)
      or exists (select from claim_codes where claim_codes.bike_id = bikes.bike_id))`
  const [now] = await tx<
    { nowMs: number }[]
  >`select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"`
  return {
    ...{ asked, distrustedFromMs, statements, snapshot, partners, standing },
    nowMs: now?.nowMs ?? Date.now(),
  }
}

async function askedOf(tx: Transaction, target: RetractionTarget) {
  if (target.cause === 'retract') return { asked: [target.eventId] }
  const { keyId, fromMs } = target
  // Whoever takes in a statement of the partner holds its row, too: it is found here, or the distrust is found there.
  await tx`
    select from partners where partner_id in (
      select coalesce(keys.partner_id, partners.partner_id) from partner_keys as keys where key_id = ${keyId})
    order by partner_id for update`
  const [key] = await loadKeys(tx, tx`key_id = ${keyId}`)
  const rows = await tx<{ eventId: string }[]>`
    select event_id as "eventId" from manufacturing_events
    where key_id = ${keyId} and received_at >= ${timeOf(fromMs)}::text::timestamptz and state in ('applied', 'held')
    order by received_at limit ${mostConnected + 1}`
  return { asked: rows.map(({ eventId }) => eventId), distrustedFromMs: key?.distrustedFromMs }
}

/** From an earlier time on than before, or as it is. */
async function distrust(tx: Transaction, target: RetractionTarget): Promise<void> {
  if (target.cause !== 'distrust_key') return
  await tx`
    update partner_keys set distrusted_from = least(distrusted_from, ${timeOf(target.fromMs)}::text::timestamptz)
    where key_id = ${target.keyId}`
}

const timeOf = (ms: number) => new Date(ms).toISOString()

/** Bikes that report to carry one of the components, each with the statement that is taken back. */
async function reportsOf(tx: Transaction, { cleared, eventIds }: RetractionWrites) {
  const rows = await tx<{ bikeId: string }[]>`
    select distinct bike_id as "bikeId" from reported_parts where serial_number in (
      select serial_number from components where component_id = any(${[...cleared.componentIds]}::uuid[])
      union
      select serial_number from component_aliases where component_id = any(${[...cleared.componentIds]}::uuid[]))`
  return rows.map(({ bikeId }) => [bikeId, eventIds[0] ?? ''] as const)
}

/** Triggers keep the rows as they were. Bikes stay as if registered by hand: what they report and who owns them refers to them. */
async function clear(tx: Transaction, cleared: RetractionWrites['cleared']): Promise<void> {
  const [bikeIds, componentIds] = [[...cleared.bikeIds], [...cleared.componentIds]]
  await tx`
    delete from fleet_findings where bike_id = any(${bikeIds}::uuid[]) or component_id = any(${componentIds}::uuid[])`
  await tx`
    delete from service_events where bike_id = any(${bikeIds}::uuid[]) or component_id = any(${componentIds}::uuid[])`
  await tx`
    delete from installations where bike_id = any(${bikeIds}::uuid[]) or component_id = any(${componentIds}::uuid[])`
  await tx`delete from component_aliases where component_id = any(${componentIds}::uuid[])`
  await tx`delete from components where component_id = any(${componentIds}::uuid[])`
  await tx`
    update bikes set frame_number = null, model_id = null, plant = null, oem = null, delivered_at = null,
      said_by = null, delivered_by = null, produced_at = coalesce(registered_as_produced_at, produced_at)
    where bike_id = any(${bikeIds}::uuid[])`
  await tx`delete from component_types where component_type = any(${[...cleared.types]}::text[])`
  await tx`delete from bike_models where model_id = any(${[...cleared.modelIds]}::text[])`
}

async function note(tx: Transaction, eventIds: readonly string[], order: RetractionOrder): Promise<void> {
  const { proposalId, target, reason, proposedBy, approvedBy } = order
  await tx`
    insert into retractions (event_id, proposal_id, cause, reason, proposed_by, approved_by)
    select event_id, ${proposalId}, ${target.cause}, ${reason}, ${proposedBy}, ${approvedBy}
    from unnest(${[...eventIds]}::uuid[]) as event_id`
}
