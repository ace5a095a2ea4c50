// What may explain the doubts about a statement: numbers that look alike, neighbours in production, what the bike reports.
import type { ManufacturingEvent } from '../../../../proto/index.ts'
import type { ComponentFact, ComponentName } from '../../../fleet/judging/facts.ts'
import type { Finding } from '../../../fleet/judging/findings.ts'
import { slipsOf } from '../../../fleet/review/likeness.ts'
import type { SuggestionGround } from '../../../fleet/review/port.ts'
import { saidComponents, saidFrameNumber } from '../../../fleet/statements/said.ts'
import { componentSubject } from '../../../fleet/statements/subjects.ts'
import type { Sql } from '../client/connect.ts'
import { componentColumns, componentFact } from './facts.ts'
import { typeOfSlot } from './installed-part-store.ts'

const neighboursEachSide = 5

export async function loadGround(
  sql: Sql,
  event: ManufacturingEvent,
  findings: readonly Finding[],
): Promise<SuggestionGround> {
  const held = new Set(findings.filter(({ severity }) => severity === 'hold').map(({ subject }) => subject))
  const doubtful = saidComponents(event)
    .map(({ name }) => name)
    .filter((name) => held.has(componentSubject(name)))
  const [similar, neighbours, similarBikes, reported] = await Promise.all([
    Promise.all(doubtful.map((name) => loadSimilar(sql, name))),
    Promise.all(doubtful.map((name) => loadNeighbours(sql, name))),
    loadSimilarBikes(sql, saidFrameNumber(event)),
    loadReported(sql, event),
  ])
  return { similar: similar.flat(), neighbours: neighbours.flat(), similarBikes, reported }
}

async function loadSimilar(sql: Sql, { type, serialNumber }: ComponentName): Promise<ComponentFact[]> {
  const rows = await sql`
    select ${componentColumns(sql)} from components
    where component_type = ${type} and serial_number = any(${slipsOf(serialNumber)}::text[])
    order by serial_number`
  return rows.map(componentFact)
}

/** Serial numbers are given in the order of production. */
async function loadNeighbours(sql: Sql, { type, serialNumber }: ComponentName): Promise<ComponentFact[]> {
  const rows = await sql`
    (select ${componentColumns(sql)} from components
      where component_type = ${type} and serial_number < ${serialNumber}
      order by serial_number desc limit ${neighboursEachSide})
    union all
    (select ${componentColumns(sql)} from components
      where component_type = ${type} and serial_number > ${serialNumber}
      order by serial_number limit ${neighboursEachSide})`
  return rows.map(componentFact)
}

async function loadSimilarBikes(sql: Sql, frameNumber: string): Promise<SuggestionGround['similarBikes']> {
  if (frameNumber === '') return []
  return sql<SuggestionGround['similarBikes'][number][]>`
    select bike_id as "bikeId", frame_number as "frameNumber" from bikes
    where frame_number = any(${slipsOf(frameNumber)}::text[])
    order by frame_number, bike_id`
}

/** By the bike that the statement makes or names; it need not be registered yet. */
async function loadReported(sql: Sql, event: ManufacturingEvent): Promise<SuggestionGround['reported']> {
  const madeId = event.event.case === 'bikeProduced' ? event.event.value.bikeId : null
  const rows = await sql<Omit<SuggestionGround['reported'][number], 'type'>[]>`
    select slot, serial_number as "serialNumber", (extract(epoch from told_at) * 1000)::float8 as "reportedAtMs"
    from reported_parts
    where bike_id = ${madeId}::uuid
      or bike_id = (select bike_id from bikes where frame_number = ${saidFrameNumber(event)})
    order by bike_id, slot`
  return rows.map((row) => ({ ...row, type: typeOfSlot(row.slot) }))
}
