import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { environmentOf, readConfig, readConfigs, type Setting } from './config.ts'

const faultsOf = (environment: Record<string, string>): string => {
  try {
    readConfig(['DATABASE_URL', 'KAFKA_BROKERS', 'PORT'], environment)
    return ''
  } catch (error) {
    return String(error)
  }
}

test('settings are read, and those that need none have defaults', () => {
  const environment = { DATABASE_URL: 'postgres://u:p@127.0.0.1/d', KAFKA_BROKERS: '127.0.0.1:1,localhost:2' }
  expect(readConfig(['DATABASE_URL', 'KAFKA_BROKERS', 'PORT'], environment)).toEqual({
    DATABASE_URL: 'postgres://u:p@127.0.0.1/d',
    KAFKA_BROKERS: ['127.0.0.1:1', 'localhost:2'],
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
  const faults = faultsOf({ DATABASE_URL: 'secret', KAFKA_BROKERS: 'localhost', PORT: '70000' })
  expect(faults.match(/^ {2}\w+(?=:)/gm)).toEqual(['  DATABASE_URL', '  KAFKA_BROKERS', '  PORT'])
  expect(faults).not.toContain('secret')
  expect(faults).not.toContain('not set')
})

test('another machine in plain text is one of the faults, and one setting allows it', () => {
  const environment = {
    DATABASE_URL: 'postgres://u:p@db.example/d',
    KAFKA_BROKERS: 'kafka.example:1',
    PORT: '-1',
  }
  expect(faultsOf(environment).match(/^ {2}\w+(?=:)/gm)).toEqual([
    '  PORT',
    '  KAFKA_BROKERS',
    '  DATABASE_URL',
  ])
  expect(faultsOf({ ...environment, PORT: '', ALLOW_PLAINTEXT_OFF_LOOPBACK: 'i-know' })).toBe('')
})

test.each(['ELASTICSEARCH_USERNAME', 'ELASTICSEARCH_PASSWORD'] as const)('%s has no default', (name) => {
  expect(() => readConfig([name], {})).toThrow(`${name}: is not set`)
})

test('the faults of several readers are listed together, each once', () => {
  const read = () =>
    readConfigs<Setting>([
      { names: ['KAFKA_BROKERS', 'DATABASE_URL'], environment: { DATABASE_URL: 'x' } },
      { names: ['KAFKA_BROKERS', 'PORT'], environment: { PORT: '-1' } },
    ])
  expect(read).toThrow(
    /^The configuration .*\n {2}KAFKA_BROKERS: is not set\n {2}DATABASE_URL: .*\n {2}PORT: .*\n.*stack.*$/,
  )
})

test('what the file of a service says goes before what all are told', () => {
  const dir = mkdtempSync(join(tmpdir(), 'settings-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(
    join(dir, 'ledger.env'),
    'KAFKA_USERNAME=ledger\nDATABASE_URL=postgres://u:p@127.0.0.1/d?a=b&c=d\n',
  )
  const all = { SERVICE_SETTINGS_DIR: dir, KAFKA_USERNAME: 'all', NAMESPACE: 'demo' }
  expect(environmentOf('ledger', all)).toEqual({
    ...all,
    KAFKA_USERNAME: 'ledger',
    DATABASE_URL: 'postgres://u:p@127.0.0.1/d?a=b&c=d',
  })
  expect(environmentOf('search', all)).toEqual(all)
  expect(environmentOf('ledger', { KAFKA_USERNAME: 'all' })).toEqual({ KAFKA_USERNAME: 'all' })
})
