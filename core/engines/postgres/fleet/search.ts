// Bikes and components by how their numbers begin, or by their ids.
import { z } from 'zod'
import type { Match, Page, Paged } from '../../../fleet/registry/reader-port.ts'
import type { Sql } from '../client/connect.ts'
import { pageOf, readCursor } from '../client/cursor.ts'

interface Row {
  kind: 'bike' | 'component'
  id: string
  /** By which it was found. */
  number: string | null
  modelId: string | null
  type: string | null
  serialNumber: string | null
  bikeId: string | null
}

const key = z.tuple([z.string(), z.string(), z.uuid()])
const first = ['', '', '00000000-0000-0000-0000-000000000000'] as const
/** No text is behind it. */
const lastCharacter = '\u{10ffff}'

export async function searchNumber(sql: Sql, begin: string, page: Page): Promise<Paged<Match>> {
  return matches(await byNumber(sql, { begin, after: readAfter(page), limit: page.limit + 1 }), page)
}

export async function searchId(sql: Sql, id: string, page: Page): Promise<Paged<Match>> {
  readAfter(page)
  return matches(await byId(sql, id), page)
}

const readAfter = ({ cursor }: Page) => (cursor === undefined ? first : readCursor(cursor, key))

function matches(found: readonly Row[], { limit }: Page): Paged<Match> {
  const { rows, next } = pageOf(found, limit, ({ number, kind, id }) => [number ?? '', kind, id])
  return { rows: rows.map(matchOf), next }
}

const bikeColumns = (sql: Sql) => sql`
  'bike' as kind, bike_id as id, frame_number collate "C" as number, model_id as "modelId",
  null as type, null as "serialNumber", null::uuid as "bikeId"`
const componentColumns = (sql: Sql) => sql`
  'component' as kind, components.component_id as id, null as "modelId", component_type as type,
  components.serial_number as "serialNumber",
  (select bike_id from installations
    where installations.component_id = components.component_id and upper_inf(installed)) as "bikeId"`

function byId(sql: Sql, id: string): Promise<Row[]> {
  return sql<Row[]>`
    select ${bikeColumns(sql)} from bikes where bike_id = ${id}::uuid
    union all
    select 'component', id, number, "modelId", type, "serialNumber", "bikeId" from (
      select ${componentColumns(sql)}, serial_number as number from components where component_id = ${id}::uuid) as found`
}

interface Beginning {
  readonly begin: string
  /** Number, kind and id of the row before. */
  readonly after: readonly [string, string, string] | readonly string[]
  readonly limit: number
}

/** Each list brings one page at most, in the order of its index. */
function byNumber(sql: Sql, { begin, after, limit }: Beginning): Promise<Row[]> {
  const [number = '', kind = '', id = ''] = after
  const from = number > begin ? number : begin
  const within = (column: ReturnType<Sql>) => sql`
    ${column} collate "C" >= ${from} and ${column} collate "C" < ${begin + lastCharacter}`
  const behind = sql`(number collate "C", kind collate "C", id) > (${number}, ${kind}, ${id}::uuid)`
  const inOrder = sql`order by number collate "C", kind collate "C", id limit ${limit}`
  return sql<Row[]>`
    select * from (
      (select * from (
        select ${bikeColumns(sql)} from bikes where ${within(sql`frame_number`)}
      ) as bikes where ${behind} ${inOrder})
      union all
      (select kind, id, number, "modelId", type, "serialNumber", "bikeId" from (
        select ${componentColumns(sql)}, components.serial_number collate "C" as number
        from components where ${within(sql`components.serial_number`)}
      ) as components where ${behind} ${inOrder})
      union all
      (select kind, id, number, "modelId", type, "serialNumber", "bikeId" from (
        select ${componentColumns(sql)}, component_aliases.serial_number collate "C" as number
        from component_aliases join components using (component_id, component_type)
        where ${within(sql`component_aliases.serial_number`)}
      ) as aliases where ${behind} ${inOrder})
    ) as found ${inOrder}`
}

function matchOf({ kind, id, number, ...row }: Row): Match {
  if (kind === 'bike') return { kind, bikeId: id, frameNumber: number, modelId: row.modelId }
  const serialNumber = row.serialNumber ?? ''
  const alias = number === serialNumber ? null : number
  return { kind, componentId: id, type: row.type ?? '', serialNumber, alias, bikeId: row.bikeId }
}
