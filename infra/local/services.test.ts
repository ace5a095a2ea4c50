import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseServices, provisionBrokerEntry, provisionEntry, services } from './services.ts'
import { repositoryDir } from './settings.ts'

const entries: readonly string[] = [
  provisionEntry,
  provisionBrokerEntry,
  ...services.map(({ entry }) => entry),
]

test('every process of core/ is in the table', () => {
  const mains = readdirSync(join(repositoryDir, 'core'))
    .map((folder) => `core/${folder}/main.ts`)
    .filter((path) => existsSync(join(repositoryDir, path)))
  expect(mains.filter((path) => !entries.includes(path))).toEqual([])
})

test.each(entries)('%s exists', (entry) => {
  expect(existsSync(join(repositoryDir, entry))).toBe(true)
})

test('each service has an address of its own', () => {
  expect(new Set(services.map(({ urlVariable }) => urlVariable)).size).toBe(services.length)
})

test('an issuer given by the environment replaces the one for development', () => {
  const names = (env: Record<string, string>) => chooseServices(undefined, env).map(({ name }) => name)
  expect(names({})).toContain('issuer')
  expect(names({ JWKS_URL: 'https://login.example/jwks.json' })).not.toContain('issuer')
})

test('services of devices start only where there is a broker', () => {
  const names = (env: Record<string, string>) => chooseServices(undefined, env).map(({ name }) => name)
  expect(names({})).not.toContain('devices')
  expect(names({ AMQP_URL: 'amqp://127.0.0.1' })).toContain('devices')
  expect(names({})).toContain('normalize')
})

test('who takes data in stops before who processes it, and that before who answers', () => {
  const rank = Object.fromEntries(services.map(({ name, stopRank }) => [name, stopRank]))
  expect(rank.edge).toBeLessThan(rank.search ?? 0)
  expect(rank.search).toBeLessThan(rank.api ?? 0)
})
