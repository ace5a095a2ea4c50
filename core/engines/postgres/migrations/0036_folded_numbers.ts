// Stored numbers as they are read since: look-alike dashes and invisible characters are folded. Where two bikes or components then have
// one number, the first keeps it, the other keeps its number as it was written, and the statement that made it known waits for a person
// once more: nothing is merged here.
import { clone, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { foldNumbers } from '../../../fleet/statements/read.ts'
import { foldLookAlikes, normaliseSerialNumber } from '../../../fleet/statements/serial-number.ts'
import { idOf } from '../../../fleet/statements/statement-id.ts'
import { readSubject, subjectsOf } from '../../../fleet/statements/subjects.ts'
import type { Transaction } from '../client/connect.ts'

/** A number that another bike or component of its type has, too. */
interface Collision {
  /** `frame` for a bike. */
  readonly type: string
  readonly number: string
  readonly folded: string
  /** The bike or component. */
  readonly id: string
  readonly holderId: string
  readonly saidBy: string
}

/** Only what is not all ASCII can fold to something else: it has more bytes than characters. */
const isOdd = (tx: Transaction, column: string) =>
  tx`octet_length(${tx(column)}) > char_length(${tx(column)})`
const statementsAtOnce = 500

export async function run(tx: Transaction): Promise<void> {
  const collisions = [...(await foldFrames(tx)), ...(await foldComponents(tx)), ...(await foldAliases(tx))]
  await foldReports(tx)
  await foldWords(tx, 'components', 'component_id', [
    'hardware_revision',
    'firmware_revision',
    'batch',
    'plant',
  ])
  await foldWords(tx, 'bikes', 'bike_id', ['plant', 'oem'])
  await foldGrants(tx)
  const kept = new Set(collisions.map(({ type, number }) => `${type}:${number}`))
  await foldStatements(tx, kept)
  for (const collision of collisions) await askForReview(tx, collision)
}

async function foldFrames(tx: Transaction): Promise<Collision[]> {
  const rows = await tx<{ id: string; number: string; saidBy: string }[]>`
    select bike_id as id, frame_number as number, said_by as "saidBy" from bikes
    where ${isOdd(tx, 'frame_number')} order by produced_at, bike_id`
  return collisionsOf(rows, async ({ id, number }) => {
    const folded = normaliseSerialNumber(number)
    const holder = () => tx<{ id: string }[]>`select bike_id as id from bikes where frame_number = ${folded}`
    return holderOr(holder, () => tx`update bikes set frame_number = ${folded} where bike_id = ${id}`)
  })
}

async function foldComponents(tx: Transaction): Promise<Collision[]> {
  const rows = await tx<ComponentRow[]>`
    select component_id as id, component_type as type, serial_number as number, said_by as "saidBy" from components
    where ${isOdd(tx, 'serial_number')} order by produced_at, component_id`
  return collisionsOf(rows, async ({ id, type, number }) => {
    const folded = normaliseSerialNumber(number)
    return holderOr(
      () => holdersOf(tx, { id, type, folded }),
      () => tx`update components set serial_number = ${folded} where component_id = ${id}`,
    )
  })
}

/** A number that was another one of its component only by its dashes is none any more. */
async function foldAliases(tx: Transaction): Promise<Collision[]> {
  const rows = await tx<ComponentRow[]>`
    select component_id as id, component_type as type, serial_number as number, said_by as "saidBy" from component_aliases
    where ${isOdd(tx, 'serial_number')} order by serial_number`
  return collisionsOf(rows, async ({ id, type, number }) => {
    const folded = normaliseSerialNumber(number)
    const row = tx`component_type = ${type} and serial_number = ${number}`
    const [own] = await tx`
      select from components where component_id = ${id} and serial_number = ${folded}
      union all select from component_aliases where component_id = ${id} and serial_number = ${folded}`
    if (own !== undefined) {
      await tx`delete from component_aliases where ${row}`
      return undefined
    }
    return holderOr(
      () => holdersOf(tx, { id, type, folded }),
      () => tx`update component_aliases set serial_number = ${folded} where ${row}`,
    )
  })
}

interface ComponentRow {
  readonly id: string
  readonly type: string
  readonly number: string
  readonly saidBy: string
}

const holdersOf = (tx: Transaction, { id, type, folded }: { id: string; type: string; folded: string }) =>
  tx<{ id: string }[]>`
    select component_id as id from components
      where component_type = ${type} and serial_number = ${folded} and component_id <> ${id}
    union all select component_id from component_aliases
      where component_type = ${type} and serial_number = ${folded} and component_id <> ${id} limit 1`

/** Who has the folded number already; undefined where nobody had, and it is written. */
async function holderOr(
  holder: () => Promise<readonly { id: string }[]>,
  write: () => PromiseLike<unknown>,
): Promise<string | undefined> {
  const [found] = await holder()
  if (found !== undefined) return found.id
  await write()
  return undefined
}

/** One after the other: the first of several that look alike gets the number. */
async function collisionsOf<R extends { id: string; number: string; saidBy: string; type?: string }>(
  rows: readonly R[],
  foldRow: (row: R) => Promise<string | undefined>,
): Promise<Collision[]> {
  const collisions: Collision[] = []
  for (const row of rows) {
    const folded = normaliseSerialNumber(row.number)
    const holderId = folded === row.number ? undefined : await foldRow(row)
    const { id, number, saidBy, type = 'frame' } = row
    if (holderId !== undefined) collisions.push({ id, number, saidBy, type, folded, holderId })
  }
  return collisions
}

async function foldReports(tx: Transaction): Promise<void> {
  const rows = await tx<{ number: string }[]>`
    select distinct serial_number as number from reported_parts where ${isOdd(tx, 'serial_number')}`
  for (const { number } of rows)
    await tx`update reported_parts set serial_number = ${normaliseSerialNumber(number)} where serial_number = ${number}`
}

async function foldWords(
  tx: Transaction,
  table: string,
  key: string,
  columns: readonly string[],
): Promise<void> {
  const anyIsOdd = columns.map((column) => isOdd(tx, column)).reduce((one, other) => tx`${one} or ${other}`)
  const rows = await tx<Record<string, string | null>[]>`
    select ${tx([key, ...columns])} from ${tx(table)} where ${anyIsOdd}`
  for (const row of rows) {
    const folded = columns.map((column) => [column, foldLookAlikes(row[column] ?? '')] as const)
    const changed = Object.fromEntries(folded.filter(([column, word]) => word !== (row[column] ?? '')))
    if (Object.keys(changed).length > 0)
      await tx`update ${tx(table)} set ${tx(changed)} where ${tx(key)} = ${row[key] ?? null}`
  }
}

/** A grant that is there already in its folded form goes on as that one. */
async function foldGrants(tx: Transaction): Promise<void> {
  const rows = await tx<{ id: string; brand: string; plant: string }[]>`
    select ctid::text as id, brand, plant from partner_grants where ${isOdd(tx, 'brand')} or ${isOdd(tx, 'plant')}`
  for (const { id, brand, plant } of rows)
    await tx`
      update partner_grants as odd set brand = ${foldLookAlikes(brand)}, plant = ${foldLookAlikes(plant)}
      where ctid = ${id}::tid and not exists (select from partner_grants as other
        where (other.partner_id, other.door, other.kind, other.brand, other.plant)
          = (odd.partner_id, odd.door, odd.kind, ${foldLookAlikes(brand)}, ${foldLookAlikes(plant)}))`
}

/** Those that name a number that may have changed, and those that are judged again: else they would be about numbers that nobody has. */
async function foldStatements(tx: Transaction, kept: ReadonlySet<string>): Promise<void> {
  const ids = await tx<{ id: string }[]>`
    select event_id as id from manufacturing_events where state = 'held' or due
      or octet_length(array_to_string(subjects, ' ')) > char_length(array_to_string(subjects, ' '))`
  for (let at = 0; at < ids.length; at += statementsAtOnce) {
    const some = ids.slice(at, at + statementsAtOnce).map(({ id }) => id)
    const rows = await tx<{ id: string; statement: Buffer; subjects: string[] }[]>`
      select event_id as id, statement, subjects from manufacturing_events where event_id = any(${some}::uuid[])`
    for (const row of rows) await foldStatement(tx, row, kept)
  }
}

async function foldStatement(
  tx: Transaction,
  { id, statement, subjects }: { id: string; statement: Buffer; subjects: readonly string[] },
  kept: ReadonlySet<string>,
): Promise<void> {
  const event = fromBinary(ManufacturingEventSchema, statement)
  foldNumbers(event, (number, type) =>
    kept.has(`${type}:${number}`) ? number : normaliseSerialNumber(number),
  )
  if (event.asWritten.length === 0) return
  const bytes = Buffer.from(toBinary(ManufacturingEventSchema, event))
  const foldOne = (subject: string) => (kept.has(subject) ? subject : readSubject(subject))
  await tx`
    update manufacturing_events set statement = ${bytes}, subjects = ${subjects.map(foldOne)} where event_id = ${id}`
  const waiting = await tx<{ subject: string }[]>`
    delete from waiting_subjects where event_id = ${id} returning subject`
  for (const subject of new Set(waiting.map((row) => foldOne(row.subject))))
    await tx`insert into waiting_subjects (subject, event_id) values (${subject}, ${id})`
}

/**
 * Beside the statement that made the other one known, which stays applied, the same waits as it would if it came today. It is judged
 * again by nobody but a person: no news of the number ends its waiting.
 */
async function askForReview(tx: Transaction, collision: Collision): Promise<void> {
  const { type, number, folded, id, holderId, saidBy } = collision
  const [row] = await tx<{ statement: Buffer }[]>`
    select statement from manufacturing_events where event_id = ${saidBy}`
  if (row === undefined) return
  const again = asIfToday(fromBinary(ManufacturingEventSchema, row.statement), `${type}:${number}`)
  const field = type === 'frame' ? 'frameNumber' : 'serialNumber'
  const finding = {
    ...{ reason: type === 'frame' ? 'frame_number_taken' : 'serial_taken', severity: 'hold' },
    subject: `${type}:${folded}`,
    detail: `${type}:${folded}: ${number} was stored beside ${folded}, which looks alike; statement ${saidBy} made ${number} known`,
    evidence: {
      ...{ [`said ${field}`]: number, [`known ${field}`]: folded },
      ...{ 'said id': id, 'known id': holderId, 'said by': saidBy },
    },
  }
  await tx`
    insert into manufacturing_events (event_id, source, kind, occurred_at, received_at, subjects, statement, sha256, record, state,
      provenance, partner_id, key_id)
    select ${again.eventId}, source, kind, occurred_at, received_at, ${subjectsOf(again)},
      ${Buffer.from(toBinary(ManufacturingEventSchema, again))}, sha256, record, 'held', provenance, partner_id, key_id
    from manufacturing_events where event_id = ${saidBy}`
  await tx`
    insert into manufacturing_judgements (event_id, number, state, findings)
    values (${again.eventId}, 1, 'held', ${JSON.stringify([finding])}::text::jsonb)`
}

function asIfToday(statement: ManufacturingEvent, subject: string): ManufacturingEvent {
  const again = clone(ManufacturingEventSchema, statement)
  again.eventId = idOf(Buffer.from(`looks alike\n${statement.eventId}\n${subject}`))
  foldNumbers(again)
  return again
}
