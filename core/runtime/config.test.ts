import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const faultsOf = (environment: Record<string, string>): string => {
  try {
    readConfig(['DATABASE_URL', 'KAFKA_BROKERS', 'PORT'], environment)
    return ''
  } catch (error) {
    return String(error)
  }
}

test('settings are read, and those that need none have defaults', () => {
  const environment = { DATABASE_URL: 'postgres://u:p@h/d', KAFKA_BROKERS: 'a:1,b:2' }
  expect(readConfig(['DATABASE_URL', 'KAFKA_BROKERS', 'PORT'], environment)).toEqual({
    DATABASE_URL: 'postgres://u:p@h/d',
    KAFKA_BROKERS: ['a:1', 'b:2'],
    PORT: 0,
  })
})

test('what is absent or empty is said to be not set, and where a developer gets it', () => {
  const faults = faultsOf({ KAFKA_BROKERS: '' })
  expect(faults).toContain('DATABASE_URL: is not set')
  expect(faults).toContain('KAFKA_BROKERS: is not set')
  expect(faults).toContain('export $(npm run -s stack -- env)')
})

test('what is wrong is named without its value', () => {
  const faults = faultsOf({ DATABASE_URL: 'secret', KAFKA_BROKERS: 'a', PORT: '70000' })
  expect(faults.match(/^ {2}\w+(?=:)/gm)).toEqual(['  DATABASE_URL', '  KAFKA_BROKERS', '  PORT'])
  expect(faults).not.toContain('secret')
  expect(faults).not.toContain('not set')
})
