// What the routes make of researchers' access: each refusal has its status and its counter, and notebooks hear the words of RFC 8628.
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import {
  type AccessRefusal,
  accessRefusals,
  deviceErrors,
  type ResearchAccess,
} from '../../research/access/port.ts'
import { createApi } from '../app.ts'
import { createApiMetrics } from '../metrics.ts'
import type { ApiStores } from '../port.ts'
import { problems } from '../problem.ts'

const researcherId = randomUUID()
const [keyId, sessionId] = [randomUUID(), randomUUID()]
const own = {
  ...{ researcherId, name: 'Ada' },
  keys: [{ keyId, model: 'A key', registeredAtMs: 0, usedAtMs: undefined, revokedAtMs: undefined }],
  sessions: [{ sessionId, kind: 'notebook', beganAtMs: 0, endsAtMs: 900_000, isThisOne: true }],
} as const

function ask(researchers: Partial<ResearchAccess>) {
  const metrics = createApiMetrics()
  const api = createApi({
    authenticate: () => Promise.reject(new Error('no token is looked at')),
    stores: { researchers } as ApiStores,
    ...{ metrics, log: pino({ level: 'silent' }), stopping: new AbortController().signal },
  })
  const request = async (path: string, init: RequestInit = { method: 'POST' }) => {
    const response = await api.request(`/v1/research/access/${path}`, init)
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  return { request, metrics }
}
const post = (body: object) => ({ method: 'POST', body: JSON.stringify(body) })
const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) })
const answer = {
  id: 'AAAA',
  type: 'public-key',
  response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' },
}
const touch = {
  ...answer,
  response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
}

test.each(accessRefusals)('%s is answered with its status, and counted', async (refused) => {
  const refuse = async () => ({ refused }) as { refused: AccessRefusal }
  const { request, metrics } = ask({ register: refuse, signIn: refuse })
  const { status } = problems[refused]
  expect(await request('registrations', post({ answer }))).toMatchObject({
    status,
    body: { reason: refused },
  })
  expect(await request('sign-ins', post({ answer: touch }))).toMatchObject({
    status,
    body: { reason: refused },
  })
  expect(await metrics.registry.metrics()).toContain(`api_refusals_total{reason="${refused}"} 2`)
})

test('what browsers add to an answer of a key is left out', async () => {
  const seen: unknown[] = []
  const { request } = ask({
    async register(said) {
      seen.push(said)
      return { researcherId, name: 'Ada' }
    },
  })
  const said = {
    ...answer,
    rawId: 'AAAA',
    clientExtensionResults: {},
    authenticatorAttachment: 'cross-platform',
  }
  expect((await request('registrations', post({ answer: said }))).status).toBe(201)
  expect(seen).toEqual([answer])
})

const grant = {
  grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  device_code: 'code',
  client_id: 'notebook',
}

test.each(deviceErrors)('a notebook hears %s', async (error) => {
  const { request, metrics } = ask({ pollDevice: async () => ({ error }) })
  expect(await request('token', form(grant))).toMatchObject({ status: 400, body: { error } })
  expect(await metrics.registry.metrics()).toContain(`api_device_polls_total{outcome="${error}"} 1`)
})

test('a notebook gets its code, and its token', async () => {
  const { request } = ask({
    authorizeDevice: async () => ({
      ...{ deviceCode: 'secret', userCode: 'K7QM-0000', lastsS: 600, intervalS: 5 },
      verificationUrl: 'https://my.example/research/device',
    }),
    pollDevice: async () => ({ token: 'rs_token', lastsS: 900 }),
  })
  expect((await request('device_authorization', form({ client_id: 'notebook' }))).body).toEqual({
    ...{ device_code: 'secret', user_code: 'K7QM-0000', expires_in: 600, interval: 5 },
    verification_uri: 'https://my.example/research/device',
    verification_uri_complete: 'https://my.example/research/device?code=K7QM-0000',
  })
  expect((await request('token', form(grant))).body).toEqual({
    ...{ access_token: 'rs_token', token_type: 'Bearer', expires_in: 900 },
  })
  expect((await request('token', form({ ...grant, grant_type: 'password' }))).status).toBe(400)
  expect((await request('device_authorization', form({ client_id: '<b>' }))).status).toBe(400)
})

test('a session opens what is its researcher’s; another token opens nothing', async () => {
  const { request } = ask({
    ownAccess: async (token) => (token === 'rs_ada' ? own : undefined),
    endSession: async (_, id) => id === sessionId,
    revokeKey: async (_, id) => id === keyId,
  })
  const as = (token: string, method = 'GET') => ({ method, headers: { authorization: `Bearer ${token}` } })
  expect(await request('me', as('rs_ada'))).toMatchObject({
    status: 200,
    body: { researcherId, keys: [{ keyId, usedAt: null }], sessions: [{ sessionId, kind: 'notebook' }] },
  })
  const paths = [`me/sessions/${sessionId}`, `me/keys/${keyId}`]
  for (const path of paths) {
    expect((await request(path, as('rs_ada', 'DELETE'))).status).toBe(204)
    expect((await request(path.replace(/[^/]+$/, researcherId), as('rs_ada', 'DELETE'))).status).toBe(404)
    expect(await request(path, as('rs_eve', 'DELETE'))).toMatchObject({
      status: 401,
      body: { reason: 'token_invalid' },
    })
  }
  expect((await request('me', as('eyJ.jwt.of-a-rider'))).status).toBe(401)
})
