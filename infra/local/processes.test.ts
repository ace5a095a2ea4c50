import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  chooseProcesses,
  provisionBrokerEntry,
  provisionEntry,
  type ServiceName,
  serviceNames,
  stopGroups,
  urlVariable,
} from './processes.ts'
import { repositoryDir } from './settings.ts'

const broker = { AMQP_URL: 'amqp://127.0.0.1' }
const apart = (env: Record<string, string> = broker) => chooseProcesses({ env, apart: true })
const together = (env: Record<string, string> = broker) => chooseProcesses({ env, apart: false })
const servicesOf = (rows: ReturnType<typeof apart>): ServiceName[] =>
  rows.flatMap(({ listeners }) => listeners.flatMap((listener) => listener.services))

test.each([provisionEntry, provisionBrokerEntry, ...apart().flatMap(({ args }) => args.slice(0, 1))])(
  '%s exists',
  (entry) => {
    expect(existsSync(join(repositoryDir, entry))).toBe(true)
  },
)

test('each service has an address of its own', () => {
  expect(new Set(serviceNames.map(urlVariable)).size).toBe(serviceNames.length)
})

test('together, all services of core are one process, with listeners of their own for those that answer', () => {
  expect(together().map(({ name }) => name)).toEqual(['issuer', 'edge', 'core'])
  expect(servicesOf(together()).sort()).toEqual([...serviceNames].sort())
  const [, , core] = together()
  expect(core?.listeners.map(({ name }) => name).sort()).toEqual([
    'api',
    'console',
    'core',
    'gatekeeper',
    'research-gateway',
  ])
})

test('apart, each service is a process', () => {
  expect(apart().map(({ name }) => name)).toEqual(serviceNames)
})

test('an issuer given by the environment replaces the one for development', () => {
  expect(servicesOf(apart())).toContain('issuer')
  expect(servicesOf(apart({ JWKS_URL: 'https://login.example/jwks.json' }))).not.toContain('issuer')
})

test('the console starts only where riders can sign in', () => {
  const elsewhere = { JWKS_URL: 'https://login.example/jwks.json' }
  expect(servicesOf(apart(elsewhere))).not.toContain('console')
  expect(servicesOf(apart({ ...elsewhere, OIDC_ISSUER_URL: 'https://login.example' }))).toContain('console')
})

test.each([apart, together])('services of devices start only where there is a broker', (rows) => {
  expect(servicesOf(rows({}))).not.toContain('devices')
  expect(servicesOf(rows())).toContain('devices')
  expect(servicesOf(rows({}))).toContain('normalize')
})

test('who takes data in stops before who processes it, and that before who answers', () => {
  const groups = stopGroups(apart()).map((group) => group.map(({ name }) => name))
  const groupOf = (name: string) => groups.findIndex((group) => group.includes(name))
  expect(groupOf('edge')).toBeLessThan(groupOf('search'))
  expect(groupOf('devices')).toBeLessThan(groupOf('search'))
  expect(groupOf('search')).toBeLessThan(groupOf('api'))
  expect(groups.flat().sort()).toEqual([...serviceNames].sort())
  expect(stopGroups(together()).map((group) => group.map(({ name }) => name))).toEqual([
    ['edge'],
    ['core'],
    ['issuer'],
  ])
})
