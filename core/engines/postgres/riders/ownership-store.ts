// Who owns a bike in PostgreSQL: locks and loads what a decision is about, and writes what it says, in one transaction.
import type {
  BikeQuestion,
  Decision,
  Known,
  KnownBike,
  KnownCode,
  Notice,
  Offer,
  OwnershipCase,
  OwnershipPlan,
  OwnershipStore,
  OwnershipWrites,
} from '../../../riders/ownership/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { endCommands } from '../devices/command-store.ts'
import { markDue } from '../fleet/statements.ts'
import { lockSubjects } from '../fleet/store.ts'
import { writeOwnershipChanges } from './ownership-changes.ts'
import {
  caseColumns,
  caseOf,
  createOwnershipReader,
  isoOrNull,
  ms,
  offerColumns,
} from './ownership-reader.ts'

export function createOwnershipStore(sql: Sql): OwnershipStore {
  return {
    ...createOwnershipReader(sql),
    async decide<O>(question: BikeQuestion, plan: OwnershipPlan<O>): Promise<O> {
      const { outcome } = await sql.begin((tx) => decideIn(tx, question, plan))
      return outcome
    },
    async caseOf(caseId) {
      const [row] = await sql`select ${caseColumns(sql)} from ownership_cases where case_id = ${caseId}`
      return row && caseOf(row)
    },
    async dueCases(limit) {
      const rows = await sql<{ caseId: string }[]>`
        select case_id as "caseId" from ownership_cases
        where state = 'waiting' and object_until <= now() order by object_until limit ${limit}`
      return rows.map(({ caseId }) => caseId)
    },
  }
}

type Found = Pick<KnownBike, 'bikeId' | 'frameNumber'>

async function decideIn<O>(
  tx: Transaction,
  question: BikeQuestion,
  plan: OwnershipPlan<O>,
): Promise<Decision<O>> {
  const found = await findBike(tx, question)
  await lockSubjects(tx, plan.locks(found))
  const decision = plan.decide(await load(tx, question, found))
  await write(tx, found?.bikeId ?? null, decision.writes)
  return decision
}

async function findBike(tx: Transaction, question: BikeQuestion): Promise<Found | undefined> {
  const [row] = await tx<{ bikeId: string; frameNumber: string | null }[]>`
    select bike_id as "bikeId", frame_number as "frameNumber" from bikes where bike_id in (${named(tx, question)})`
  return row && { bikeId: row.bikeId, frameNumber: row.frameNumber ?? undefined }
}

function named(tx: Transaction, question: BikeQuestion): ReturnType<Sql> {
  if ('bikeId' in question) return tx`select ${question.bikeId}::uuid`
  if ('caseId' in question) {
    return tx`select bike_id from ownership_cases where case_id = ${question.caseId}::uuid`
  }
  return tx`
    select bike_id from claim_codes where sha256 = decode(${question.codeSha256}, 'hex')
    union all select bike_id from ownership_offers where sha256 = decode(${question.codeSha256}, 'hex')`
}

interface OwnershipRow {
  riderId: string
  fromMs: number | null
  untilMs: number | null
}

/** As many statements whether there is something to load or not: nobody can tell by the time that it takes. */
async function load(tx: Transaction, question: BikeQuestion, found: Found | undefined): Promise<Known> {
  const bikeId = found?.bikeId ?? null
  const [clock] = await tx<
    { nowMs: number }[]
  >`select floor(${ms(tx, tx`clock_timestamp()`)})::float8 as "nowMs"`
  const code = await loadCode(tx, 'codeSha256' in question ? question.codeSha256 : '')
  const ownerships = await tx<OwnershipRow[]>`
    select rider_id as "riderId", ${ms(tx, tx`lower(owned)`)} as "fromMs", ${ms(tx, tx`upper(owned)`)} as "untilMs"
    from ownerships where bike_id = ${bikeId}::uuid order by owned`
  const [openCase] = await tx`
    select ${caseColumns(tx)} from ownership_cases where bike_id = ${bikeId}::uuid and closed_at is null`
  const [openOffer] = await tx<(Omit<Offer, 'beginsAtMs'> & { beginsAtMs: number | null })[]>`
    select ${offerColumns(tx)}, rider_id as "riderId", encode(sha256, 'hex') as "codeSha256"
    from ownership_offers where bike_id = ${bikeId}::uuid and ended_at is null`
  const bike: KnownBike | undefined = found && {
    ...found,
    ownerships: ownerships.map(({ riderId, fromMs, untilMs }) => ({
      riderId,
      fromMs: fromMs ?? Number.NEGATIVE_INFINITY,
      untilMs: untilMs ?? Number.POSITIVE_INFINITY,
    })),
    openCase: openCase && caseOf(openCase),
    openOffer: openOffer && { ...openOffer, beginsAtMs: openOffer.beginsAtMs ?? undefined },
  }
  return { nowMs: clock?.nowMs ?? Date.now(), code, bike }
}

async function loadCode(tx: Transaction, sha256: string): Promise<KnownCode | undefined> {
  const [row] = await tx<{ [K in keyof KnownCode]: KnownCode[K] | null }[]>`
    select bike_id as "bikeId", null as "offeredBy", ${ms(tx, tx`sold_at`)} as "beginsAtMs",
      ${ms(tx, tx`valid_until`)} as "validUntilMs", ended_at is not null as "isEnded", used_by as "usedBy"
    from claim_codes where sha256 = decode(${sha256}, 'hex')
    union all
    select bike_id, rider_id, ${ms(tx, tx`begins_at`)}, ${ms(tx, tx`valid_until`)}, ended_at is not null, used_by
    from ownership_offers where sha256 = decode(${sha256}, 'hex')`
  return (
    row &&
    (Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, value ?? undefined]),
    ) as unknown as KnownCode)
  )
}

async function write(tx: Transaction, bikeId: string | null, writes: OwnershipWrites): Promise<void> {
  const { change, usedCode, offer, withdrawsOffer, ownershipCase, notices, endsCommands, touched } = writes
  if (change !== undefined) await writeOwnershipChanges(tx, [change], usedCode)
  if (withdrawsOffer || offer !== undefined) {
    await tx`update ownership_offers set ended_at = now() where bike_id = ${bikeId}::uuid and ended_at is null`
  }
  if (offer !== undefined) await insertOffer(tx, offer)
  if (ownershipCase !== undefined) await writeCase(tx, ownershipCase)
  if (notices !== undefined) for (const notice of notices) await insertNotice(tx, notice)
  if (endsCommands !== undefined && bikeId !== null) await endCommands(tx, [bikeId], endsCommands)
  if (touched !== undefined) await markDue(tx, { touched, again: [] })
}

async function insertOffer(tx: Transaction, offer: Offer): Promise<void> {
  await tx`
    insert into ownership_offers (offer_id, bike_id, rider_id, sha256, begins_at, valid_until)
    values (${offer.offerId}, ${offer.bikeId}, ${offer.riderId}, decode(${offer.codeSha256}, 'hex'),
      ${isoOrNull(offer.beginsAtMs)}, ${isoOrNull(offer.validUntilMs)})`
}

async function writeCase(tx: Transaction, { caseId, ...of }: OwnershipCase): Promise<void> {
  const isOpen = of.state === 'waiting' || of.state === 'objected'
  await tx`
    insert into ownership_cases (case_id, bike_id, former_rider, new_rider, begins_at, reason, author, state, opened_at,
      object_until, closed_at)
    values (${caseId}, ${of.bikeId}, ${of.formerRiderId ?? null}, ${of.newRiderId ?? null}, ${isoOrNull(of.beginsAtMs)},
      ${of.reason}, ${of.author}, ${of.state}, ${isoOrNull(of.openedAtMs)}, ${isoOrNull(of.objectUntilMs)},
      ${isOpen ? null : tx`now()`})
    on conflict (case_id) do update set state = excluded.state, closed_at = excluded.closed_at,
      reason = excluded.reason, author = excluded.author, objection = ${of.objection ?? null}`
}

async function insertNotice(tx: Transaction, notice: Notice): Promise<void> {
  const { riderId, kind, bikeId, caseId, objectUntilMs, reason } = notice
  await tx`
    insert into notices (rider_id, kind, bike_id, subject, detail)
    values (${riderId}, ${kind}, ${bikeId}, ${caseId ?? null}, ${tx.json({ objectUntilMs, reason })})`
}
