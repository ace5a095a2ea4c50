import { expect, test } from 'vitest'
import { services } from '../services.ts'
import { postgresPrivileges } from './postgres-privileges.ts'

test('whoever has an address of PostgreSQL has privileges, and three kinds of commands', () => {
  const askers = services.filter(({ settings }) => settings.some((each) => each === 'DATABASE_URL'))
  const users = [...askers.map(({ name }) => name), 'authority', 'intake', 'operator']
  expect(Object.keys(postgresPrivileges).sort()).toEqual(users.sort())
})
