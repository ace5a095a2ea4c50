// What a test on the real engines needs to be alone on them: a namespace and a database of its own.
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { connectPostgres, type Sql } from '../core/engines/postgres/client/connect.ts'
import { migrate } from '../core/engines/postgres/client/migrate.ts'
import { createDatabase, type OwnDatabase } from './database.ts'

export interface TestEngines {
  readonly kafkaBrokers: string[]
  readonly elasticsearch: { readonly url: string; readonly username: string; readonly password: string }
  readonly databaseUrl: string
  /** A migrated database without rows, to be copied. */
  readonly databaseTemplate: string
}

export function testEngines(): TestEngines {
  const env = inject('engines')
  const value = (name: string): string => {
    const found = env[name]
    if (!found) throw new Error(`the test run has no ${name}`)
    return found
  }
  return {
    kafkaBrokers: value('KAFKA_BROKERS').split(','),
    elasticsearch: {
      url: value('ELASTICSEARCH_URL'),
      username: value('ELASTICSEARCH_USERNAME'),
      password: value('ELASTICSEARCH_PASSWORD'),
    },
    databaseUrl: value('DATABASE_URL'),
    databaseTemplate: value('DATABASE_TEMPLATE'),
  }
}

/** A prefix for topics, groups and indices that no other test has. */
export function uniqueNamespace(): string {
  return `t${randomBytes(5).toString('hex')}`
}

export interface TestDatabase extends OwnDatabase {
  readonly sql: Sql
}

/** A migrated database of its own; the caller drops it, such as by returning `drop` from `beforeAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const { databaseUrl, databaseTemplate } = testEngines()
  const { url, drop } = await createDatabase(databaseUrl, name, databaseTemplate)
  const sql = connectPostgres({ url, name: 'test' })
  return { url, sql, drop: () => sql.end().then(drop) }
}

/** A database of an earlier version, whose last migration is the file named; for tests of what migrates its rows. */
export async function createEarlierDatabase(lastMigration: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const { url, drop } = await createDatabase(testEngines().databaseUrl, name)
  const sql = connectPostgres({ url, name: 'test' })
  await migrate(sql, lastMigration)
  return { url, sql, drop: () => sql.end().then(drop) }
}
