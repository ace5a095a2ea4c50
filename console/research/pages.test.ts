// The researcher's pages, rendered from fixed answers of the API. research.browser.test.ts has a key.
import { expect, test } from 'vitest'
import { createTestConsole } from '../testing/console.ts'
import { createJar } from '../testing/cookie-jar.ts'
import type { Instead } from '../testing/fake-api.ts'

const access = '/v1/research/access'
const options = { challenge: 'AAAA"><script>' }
const own = {
  name: 'Ada <b>',
  keys: [
    { keyId: 'key-1', model: 'A key', registeredAt: '2026-11-01T10:00:00Z', usedAt: null, revokedAt: null },
  ],
  sessions: [
    {
      sessionId: 'session-1',
      kind: 'console',
      beganAt: '2026-12-01T10:00:00Z',
      endsAt: '2026-12-01T18:00:00Z',
      isThisOne: true,
    },
    {
      sessionId: 'session-2',
      kind: 'notebook',
      beganAt: '2026-12-01T11:00:00Z',
      endsAt: '2026-12-01T11:15:00Z',
      isThisOne: false,
    },
  ],
}
const refusal = (status: number, reason: string) => () =>
  Response.json({ detail: `because of ${reason}`, reason }, { status })
const good: Instead = {
  [`POST ${access}/sign-ins/options`]: () => Response.json({ options }),
  [`POST ${access}/sign-ins`]: () =>
    Response.json({ name: 'Ada', token: 'rs_ada', lastsS: 60 }, { status: 201 }),
  [`GET ${access}/me`]: (request) =>
    request.headers.get('authorization') === 'Bearer rs_ada'
      ? Response.json(own)
      : refusal(401, 'token_invalid')(),
}

/** A browser that keeps cookies. */
function browse(instead: Instead = {}) {
  const pages = createTestConsole({ ...good, ...instead })
  const jar = createJar()
  const request = async (path: string, fields?: Record<string, string>) => {
    const headers = { ...jar.header(), origin: 'http://localhost' }
    const sent = fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) }
    const response = await pages.request(path, { ...sent, headers })
    jar.take(response)
    return {
      status: response.status,
      location: response.headers.get('location'),
      text: await response.text(),
    }
  }
  return { request, jar }
}

test('who is not signed in is led to the key, and the options cannot leave their attribute', async () => {
  const { request } = browse()
  for (const path of ['/research/sessions/session-2/end', '/research/keys/key-1/revoke'])
    expect(await request(path, {})).toMatchObject({ status: 303, location: '/research/sign-in' })
  expect(await request('/research')).toMatchObject({ status: 303, location: '/research/sign-in' })
  const { status, text } = await request('/research/sign-in')
  expect([status, text.includes('<script>'), text.includes('Your rides')]).toEqual([200, false, false])
})

test('a touch signs in; the token never reaches the page, and the page shows keys and sessions', async () => {
  const { request, jar } = browse()
  expect(await request('/research/sign-in', { answer: '{"id":"AAAA"}' })).toMatchObject({
    status: 303,
    location: '/research',
  })
  expect([...jar.kept.values()].join()).not.toContain('rs_ada')
  const { status, text } = await request('/research')
  expect(status).toBe(200)
  for (const words of ['Ada &lt;b&gt;', 'A key', 'You have one key', 'This browser', 'End the one since'])
    expect(text).toContain(words)
  expect(text).not.toContain('rs_ada')
})

test('a session that ended elsewhere leads to the key again', async () => {
  const { request } = browse({ [`GET ${access}/me`]: refusal(401, 'token_invalid') })
  await request('/research/sign-in', { answer: '{}' })
  expect(await request('/research')).toMatchObject({ status: 303, location: '/research/sign-in' })
})

test.each([
  ['/research/sign-in', 'sign-ins', { answer: 'no JSON' }],
  ['/research/register', 'registrations/options', { code: 'what?' }],
  ['/research/keys', 'registrations', { answer: '{}' }],
  ['/research/device', 'approvals/options', { code: 'what?' }],
  ['/research/device/approval', 'approvals', { answer: '{}' }],
])('%s says why it was refused, and that the platform does not answer', async (path, asked, fields) => {
  const refused = browse({ [`POST ${access}/${asked}`]: refusal(422, 'key_unknown') })
  expect(await refused.request(path, fields)).toMatchObject({
    status: 422,
    text: expect.stringContaining('because of key_unknown'),
  })
  const away = browse({ [`POST ${access}/${asked}`]: refusal(503, 'store_unavailable') })
  expect(await away.request(path, fields)).toMatchObject({
    status: 503,
    text: expect.stringContaining('does not answer'),
  })
})

test('signing out ends the session of this browser; where that fails, it is said', async () => {
  const ended: string[] = []
  const end = {
    [`DELETE ${access}/me/sessions/session-1`]() {
      ended.push('session-1')
      return new Response(null, { status: 204 })
    },
  }
  const { request, jar } = browse(end)
  await request('/research/sign-in', { answer: '{}' })
  expect(await request('/research/sign-out', {})).toMatchObject({ location: '/research/sign-in?done=out' })
  expect([ended, jar.kept.size]).toEqual([['session-1'], 0])
  const away = browse({ [`DELETE ${access}/me/sessions/session-1`]: refusal(503, 'store_unavailable') })
  await away.request('/research/sign-in', { answer: '{}' })
  expect(await away.request('/research/sign-out', {})).toMatchObject({
    status: 503,
    text: expect.stringContaining('The token of your session'),
  })
})

test('a link of a notebook fills its code in', async () => {
  expect((await browse().request('/research/device?code=K7QM-0000')).text).toContain('value="K7QM-0000"')
})
