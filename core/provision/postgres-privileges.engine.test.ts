// Users of PostgreSQL with their privileges, made by an owner who is no superuser.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, dropUsers, type OwnDatabase } from '../../testkit/database.ts'
import { testEngines, uniqueNamespace } from '../../testkit/engines.ts'
import { connectPostgres, type Sql } from '../engines/postgres/client/connect.ts'
import { migrate } from '../engines/postgres/client/migrate.ts'
import { provisionRoles, type Role } from '../engines/postgres/client/roles.ts'
import { postgresPrivileges } from './postgres-privileges.ts'

/** Others have the same users on the same server. */
const prefix = `${uniqueNamespace()}_`
const password = 'of a test'
const roles: Role[] = Object.entries(postgresPrivileges).map(([name, grants]) => ({
  name: prefix + name,
  ...{ password, grants },
}))
/** Of migrations alone. */
const nobodys = ['schema_migrations']

let database: OwnDatabase
let admin: Sql
let owner: Sql

beforeAll(async () => {
  const { databaseUrl } = testEngines()
  admin = connectPostgres({ url: databaseUrl, name: 'test', maxConnections: 1 })
  database = await createDatabase(databaseUrl, `${prefix}database`)
  await admin`create role ${admin(`${prefix}owner`)} login createrole password 'of a test'`
  await admin`alter database ${admin(`${prefix}database`)} owner to ${admin(`${prefix}owner`)}`
  owner = as('owner')
  await migrate(owner)
  await provisionRoles(owner, roles)
})

afterAll(async () => {
  await owner.end()
  await database.drop()
  await dropUsers(testEngines().databaseUrl, prefix)
  await admin.end()
})

function as(name: string, secret = password): Sql {
  const url = new URL(database.url)
  url.username = prefix + name
  url.password = secret
  return connectPostgres({ url: url.href, name: 'test', maxConnections: 1 })
}

/** The SQLSTATE that each statement is answered with, or `done`. */
async function tried(name: string, statements: readonly string[], secret?: string): Promise<string[]> {
  const sql = as(name, secret)
  const answers: string[] = []
  for (const statement of statements)
    answers.push(
      await sql.unsafe(statement).then(
        () => 'done',
        (error: { code?: string }) => String(error.code),
      ),
    )
  await sql.end()
  return answers
}

const refused = '42501'
const notAuthenticated = '28P01'

test('every table is somebody’s, and every name in the table of privileges is a table or a view', async () => {
  const tables = await owner<
    { name: string }[]
  >`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')`
  const named = Object.values(postgresPrivileges).flatMap((grants) =>
    grants.flatMap((each) => Object.keys(each)),
  )
  expect([...new Set([...named, ...nobodys])].sort()).toEqual(tables.map(({ name }) => name).sort())
})

describe.each(Object.keys(postgresPrivileges))('%s', (name) => {
  test('may do what the table says and nothing else', async () => {
    const rows = await owner<{ table: string; privilege: string }[]>`
      select relname as table, privilege from pg_class,
        unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as privilege
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
        and has_table_privilege(${prefix + name}, pg_class.oid, privilege)`
    const given = Object.values(postgresPrivileges[name as keyof typeof postgresPrivileges])
      .flatMap((each) => Object.entries(each))
      .flatMap(([table, text]) => text.split(/, (?![^(]*\))/).map((privilege) => `${privilege} ${table}`))
      .filter((each) => !each.includes('('))
    expect(rows.map(({ table, privilege }) => `${privilege} ${table}`).sort()).toEqual(
      [...new Set(given)].sort(),
    )
  })

  test('logs in under its name with its password, and makes nothing of its own', async () => {
    const statements = [
      ...['select 1', 'create table mine ()', 'create temporary table mine ()'],
      'select * from schema_migrations',
    ]
    expect(await tried(name, statements)).toEqual(['done', refused, refused, refused])
    expect(await tried(name, ['select 1'], 'guessed')).toEqual([notAuthenticated])
  })
})

test.each([
  ['latest', 'select * from ownerships'],
  ['latest', 'delete from latest_state'],
  ['ledger', 'select * from latest_state'],
  ['latest', 'select keep_ledger_partitions(1)'],
  ['normalize', 'delete from clock_decisions'],
  ['analytics', 'select * from quarantine'],
  ['witness', 'update bikes set frame_number = null'],
  ['presence', 'update devices set revoked_at = now()'],
  ['presence', 'update commands set payload = null'],
  ['gatekeeper', 'select * from commands'],
  ['research-gateway', 'update research_queries set query = null'],
  ['research-gateway', 'select rider_id from research_keys'],
  ['fleet', 'update partners set role = null'],
  ['fleet', 'insert into superseded_rows (table_name, row) values (null, null)'],
  ['rides', 'insert into ride_changes (version) values (1)'],
  ['api', 'insert into devices (device_id, bike_id) values (gen_random_uuid(), gen_random_uuid())'],
  ['api', 'update access_log set who = null'],
  ['operator', 'delete from ownership_changes'],
  ['authority', 'select * from ownerships'],
  ['intake', 'select * from partner_keys'],
])('%s is refused: %s', async (name, statement) => {
  expect(await tried(name, [statement])).toEqual([refused])
})

test('the ledger keeps partitions that are not its own', async () => {
  expect(await tried('ledger', ['select keep_ledger_partitions(90)', 'drop table ledger_settled'])).toEqual([
    'done',
    refused,
  ])
})

test('nobody logs in under a name that is none', async () => {
  expect(await tried('nobody', ['select 1'])).toEqual([notAuthenticated])
})

test('a role of this database cannot enter another', async () => {
  const other = await createDatabase(testEngines().databaseUrl, `${prefix}other`)
  try {
    const outsider = connectPostgres({ url: other.url, name: 'test', maxConnections: 1 })
    await provisionRoles(outsider, [])
    await outsider.end()
    const url = new URL(other.url)
    Object.assign(url, { username: `${prefix}latest`, password })
    const sql = connectPostgres({ url: url.href, name: 'test', maxConnections: 1 })
    await expect(sql`select 1`).rejects.toMatchObject({ code: refused })
    await sql.end()
  } finally {
    await other.drop()
  }
})

test('whoever may change bikes leaves the notes that triggers make, also of rides', async () => {
  const rides = as('rides')
  await rides`
    insert into rides (bike_id, from_at, until_at, closes_at, rider_id, ended_by, summary)
    values (gen_random_uuid(), '2026-01-01', '2026-01-02', '2026-01-03', 'ada', 'rest', '')`
  expect(await rides`select from ride_changes`).toHaveLength(1)
  await rides.end()
  const operator = as('operator')
  const [bike] = await operator<{ id: string }[]>`
    insert into bikes (bike_id, produced_at) values (gen_random_uuid(), now()) returning bike_id as id`
  await operator`update bikes set produced_at = now() where bike_id = ${bike?.id ?? ''}::uuid`
  expect(await operator`select from superseded_rows where table_name = 'bikes'`).toHaveLength(1)
  expect(await operator`select from bike_changes where version = 2`).toHaveLength(1)
  await operator.end()
})

test('run again it changes nothing but passwords, and takes away what a row no longer says', async () => {
  const [role] = roles.filter(({ name }) => name === `${prefix}quality`)
  if (role === undefined) throw new Error('there is no quality')
  await provisionRoles(owner, [{ ...role, password: 'another', grants: [{ bike_days: 'select' }] }])
  expect(await tried('quality', ['select 1'])).toEqual([notAuthenticated])
  expect(await tried('quality', ['select * from bike_days'], 'another')).toEqual(['done'])
  expect(await tried('quality', ['select * from fault_events'], 'another')).toEqual([refused])
  await Promise.all([provisionRoles(owner, roles), provisionRoles(owner, roles)])
  expect(await tried('quality', ['select * from fault_events'])).toEqual(['done'])
})
