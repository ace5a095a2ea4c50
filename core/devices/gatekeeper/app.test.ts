import pino from 'pino'
import { expect, test } from 'vitest'
import { createGatekeeper } from './app.ts'
import { createGatekeeperMetrics } from './metrics.ts'
import type { DeviceRegistry } from './port.ts'

const deviceId = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'
const registry: DeviceRegistry = {
  find: async (user) =>
    user.deviceId === deviceId
      ? { bikeId: 'b1', revoked: false, certificate: 'in_service', suspended: false }
      : undefined,
}
const away = async () => {
  throw new Error('no answer in time')
}

async function ask(path: string, options: { body?: string; registry?: DeviceRegistry } = {}) {
  const metrics = createGatekeeperMetrics()
  const noted: string[] = []
  const app = createGatekeeper({
    registry: options.registry ?? registry,
    refusals: { note: ({ reason }) => noted.push(reason) },
    metrics,
    log: pino({ level: 'silent' }),
  })
  const post = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  const { body } = options
  const response = await app.request(path, body === undefined ? {} : { ...post, body })
  const counted = [
    ...(await metrics.registry.metrics()).matchAll(/^gatekeeper_(?:decisions|failures)_total\{(.*)\} 1$/gm),
  ]
  return {
    status: response.status,
    text: await response.text(),
    noted,
    counted: counted.map(([, labels]) => labels),
  }
}

const allowed = 'check="user",verdict="allowed"'
test.each<[string, string, string | undefined, string, RegExp]>([
  ['a device in service', '/user', `username=${deviceId}`, 'allow', /^check="user",verdict="allowed"$/],
  [
    'a device nobody enrolled',
    '/user',
    `username=${deviceId.replace('6', '7')}`,
    'deny',
    /^check="user",verdict="(?!allowed)/,
  ],
  ['a name that is no device', '/user', 'username=guest', 'deny', /^check="user",verdict="(?!allowed)/],
  [
    'an id as the registry does not write it',
    '/user',
    `username=${deviceId.toUpperCase()}`,
    'deny',
    /^check="user"/,
  ],
])('%s: %s %s → %s', async (_, path, body, text, counted) => {
  const answer = await ask(path, { ...(body !== undefined && { body }) })
  expect(answer).toMatchObject({ status: 200, text })
  expect(answer.counted).toEqual([expect.stringMatching(counted)])
})

test('a question may come as a query, too', async () => {
  expect(await ask(`/user?username=${deviceId}`)).toMatchObject({ text: 'allow', counted: [allowed] })
})

test.each<[string, { body?: string; registry?: DeviceRegistry }, number, string]>([
  ['a question without its fields', { body: 'name=x' }, 400, 'kind="unreadable"'],
  ['a question that is too long', { body: `username=${'x'.repeat(256 * 1024)}` }, 413, 'kind="unreadable"'],
  [
    'a registry that does not answer',
    { body: `username=${deviceId}`, registry: { ...registry, find: away } },
    503,
    'kind="registry_away"',
  ],
])('%s is never answered with allow', async (_, options, status, counted) => {
  const answer = await ask('/user', options)
  expect(answer.status).toBe(status)
  expect(answer.text).not.toContain('allow')
  expect(answer.counted).toEqual([counted])
})

test.each([
  ['of a device that the registry knows is noted', deviceId, ['password']],
  ['of a name that it does not know is not', deviceId.replace('6', '7'), []],
])('a refusal %s', async (_, username, noted) => {
  expect(await ask('/user', { body: `username=${username}&password=x` })).toMatchObject({
    text: 'deny',
    noted,
  })
})
