// One machine: the settings and secrets that are made fit every process, and files that containers name exist.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig, type Setting } from '../../core/runtime/config.ts'
import { commonSettings } from '../../core/runtime/service.ts'
import { services } from '../../core/services.ts'
import { readConfig as readEdgeConfig } from '../../edge/config.ts'

const folder = import.meta.dirname
const composition = readFileSync(join(folder, 'compose.yaml'), 'utf8')
const parent = mkdtempSync(join(tmpdir(), 'compose-'))
const secrets = join(parent, 'secrets')
const prepare = () =>
  execFileSync(
    process.execPath,
    [join(folder, 'prepare.ts'), '--host', 'mqtt.example.com', '--dir', secrets],
    {
      stdio: 'pipe',
    },
  )

beforeAll(() => void prepare())
afterAll(() => rmSync(parent, { recursive: true }))

const read = (file: string) => readFileSync(file, 'utf8')
const environment = () => ({
  ...parseEnv(read(join(folder, 'settings.env'))),
  ...parseEnv(read(join(secrets, 'environment'))),
})

test('every service and the edge start with the settings and secrets of one machine', () => {
  const names = new Set<Setting>([...commonSettings, ...services.flatMap(({ settings }) => settings)])
  expect(readConfig([...names], environment())).toMatchObject({ KAFKA_BROKERS: ['127.0.0.1:9092'] })
  expect(readEdgeConfig(environment())).toMatchObject({ HOST: '127.0.0.1', ADMIN_HOST: '127.0.0.1' })
})

test('each secret file of the composition is made, readable for containers in a folder that is closed to others', () => {
  const files = [...composition.matchAll(/\{ ?file: secrets\/(\S+?) ?\}/g)].map(([, file]) => file as string)
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter((file) => (statSync(join(secrets, file)).mode & 0o777) !== 0o644)).toEqual([])
  expect(statSync(secrets).mode & 0o777).toBe(0o700)
})

test('each file under /run/secrets that a setting names is a secret of the composition', () => {
  const named = JSON.stringify(environment()).match(/\/run\/secrets\/[\w.-]+/g) ?? []
  const conf = read(join(secrets, 'rabbitmq.conf')).match(/\/run\/secrets\/[\w.-]+/g) ?? []
  const known = [...composition.matchAll(/^ {2}([\w.-]+): ?\{ ?file:/gm)].map(
    ([, name]) => `/run/secrets/${name}`,
  )
  expect(named.length).toBeGreaterThan(3)
  expect([...named, ...conf].filter((file) => !known.includes(file))).toEqual([])
})

test('the broker and the engines know the same passwords as the services', () => {
  const { DATABASE_URL = '', ELASTICSEARCH_PASSWORD, AMQP_URL = '' } = environment()
  expect(read(join(secrets, 'postgres-password'))).toBe(new URL(DATABASE_URL).password)
  expect(read(join(secrets, 'elasticsearch-password'))).toBe(ELASTICSEARCH_PASSWORD)
  expect(read(join(secrets, 'rabbitmq.conf'))).toContain(`default_pass = ${new URL(AMQP_URL).password}\n`)
})

test('bikes reach the broker from outside, and nobody else does', () => {
  const listeners = read(join(secrets, 'rabbitmq.conf')).match(
    /^(listeners|mqtt\.listeners|management\.tcp\.ip).*$/gm,
  )
  expect(listeners).toEqual([
    'listeners.tcp.local = 127.0.0.1:5672',
    'management.tcp.ip = 127.0.0.1',
    'mqtt.listeners.tcp = none',
    'mqtt.listeners.ssl.local = 0.0.0.0:8883',
  ])
  expect(composition.match(/^ +ports: .*$/gm)).toEqual(['    ports: ["80:80", "443:443", "8883:8883"]'])
})

test('secrets that are there are never made anew', () => {
  const before = read(join(secrets, 'environment'))
  expect(prepare).toThrow('nothing was changed')
  expect(read(join(secrets, 'environment'))).toBe(before)
})
