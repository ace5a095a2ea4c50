// What riders decide: each form of the pages, with answers of the API that are good, and with those that are not.
import { expect, test } from 'vitest'
import { createTestConsole } from '../testing/console.ts'
import { bikeIds, type Instead } from '../testing/fake-api.ts'

const [bikeId] = bikeIds

/** A rider at one console, which follows the redirection after a form. */
function openRider(instead: Instead = {}) {
  const app = createTestConsole(instead)
  const get = async (path: string) => {
    const response = await app.request(path)
    return { status: response.status, text: await response.text() }
  }
  return {
    get,
    async post(path: string, fields: Record<string, string> | [string, string][] = {}) {
      const response = await app.request(path, {
        method: 'POST',
        headers: { origin: 'http://localhost' },
        body: new URLSearchParams(fields),
      })
      const to = response.headers.get('location')
      return to === null ? { status: response.status, text: await response.text() } : get(to)
    },
  }
}
const refuses = (status: number, reason: string) => () =>
  Response.json({ detail: `because of ${reason}`, reason }, { status })

test('a consent is given to the text that was shown, and ended', async () => {
  const rider = openRider()
  const page = await rider.get('/my-data')
  expect(page.text).toContain('Researchers see my rides')
  expect(page.text).toContain('name="textVersion" value="2"')
  const given = await rider.post('/my-data/consents/research', { act: 'give', textVersion: '2', past: 'yes' })
  expect(given.text).toContain('You consent. Thank you.')
  expect(given.text.match(/You consent<\/span>/g)?.length).toBe(2)
  const ended = await rider.post('/my-data/consents/research', { act: 'withdraw' })
  expect(ended.text).toContain('Your consent has ended.')
})

test('a consent for the past says so to the API; one for the future does not', async () => {
  const said: unknown[] = []
  const rider = openRider({
    'PUT /v1/riders/me/consents/research': async (request) => {
      said.push(await request.json())
      return Response.json({})
    },
  })
  await rider.post('/my-data/consents/research', { act: 'give', textVersion: '2' })
  await rider.post('/my-data/consents/research', { act: 'give', textVersion: '2', past: 'yes' })
  expect(said).toEqual([{ textVersion: '2' }, { textVersion: '2', from: '1970-01-01T00:00:00.000Z' }])
})

test('a consent to a text of yesterday is not given, and the page says why', async () => {
  const answer = await openRider().post('/my-data/consents/research', { act: 'give', textVersion: '1' })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('the text is not the one that holds now')
})

test('a rider who leaves means it, may take it back, and gets the certificate by the receipt', async () => {
  const rider = openRider()
  const unsure = await rider.post('/my-data/erasure', { act: 'ask' })
  expect([unsure.status, unsure.text]).toMatchObject([422, expect.stringContaining('Say that you mean it')])
  const asked = await rider.post('/my-data/erasure', { act: 'ask', confirmed: 'yes' })
  expect(asked.text).toContain('You have 24 hours to take it back.')
  const [receipt = ''] = asked.text.match(/\/my-data\/erasure\/[0-9a-f-]{36}/) ?? []
  expect((await rider.post('/my-data/erasure', { act: 'back' })).text).toContain('Nothing is erased.')
  expect((await rider.get(receipt)).text).toContain(`href="${receipt}/certificate"`)
  expect(await rider.get(`${receipt}/certificate`)).toEqual({ status: 200, text: 'e.y.J\n' })
  expect(await rider.get('/my-data/erasure/none')).toMatchObject({ status: 404 })
})

test('exports are listed by month, and flow through with their name', async () => {
  expect((await openRider().get('/my-data')).text).toContain('October 2026')
  const response = await createTestConsole().request('/my-data/export/2026-10')
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="export-2026-10.zip"')
  expect(response.headers.get('content-type')).toBe('application/zip')
})

test('a grant is given and ended', async () => {
  const rider = openRider()
  const fields: [string, string][] = [
    ['bikeId', bikeId],
    ['to', 'insurer:gamma'],
    ['scopes', 'state'],
    ['until', '2099-01-31'],
  ]
  const given = await rider.post('/sharing/grants', fields)
  expect(given.text).toContain('They may read it from now on.')
  expect(given.text).toContain('aria-label="End: insurer:gamma"')
  const ended = await rider.post(`/sharing/grants/${bikeId}/grant-3/end`)
  expect(ended.text).not.toContain('aria-label="End: insurer:gamma"')
})

test.each([
  [{ to: ' ', scopes: 'state', until: '2099-01-31' }, 'Say who may read it.'],
  [{ to: 'insurer', until: '2099-01-31' }, 'Choose what they may read.'],
  [{ to: 'insurer', scopes: 'state', until: 'tomorrow' }, 'Say until which day.'],
])('a grant that says too little is not given: %o', async (fields, words) => {
  const answer = await openRider().post('/sharing/grants', { bikeId, ...fields } as Record<string, string>)
  expect(answer.status).toBe(422)
  expect(answer.text).toContain(words)
})

test('a grant of rides says since when: from now on, or all of them', async () => {
  const rider = openRider()
  const fields = { bikeId, to: 'insurer', scopes: 'rides', until: '2099-01-31' }
  const ahead = await rider.post('/sharing/grants', fields)
  expect(ahead.text).not.toContain('All rides')
  const past = await rider.post('/sharing/grants', { ...fields, past: 'yes' })
  expect(past.text).toContain('All rides')
})

test('the last day of a grant ends where the rider is', async () => {
  const said: { until?: string }[] = []
  const app = createTestConsole({
    [`POST /v1/riders/me/bikes/${bikeId}/grants`]: async (request) => {
      said.push((await request.json()) as { until: string })
      return Response.json({}, { status: 201 })
    },
  })
  await app.request('/sharing/grants', {
    method: 'POST',
    headers: { origin: 'http://localhost', cookie: 'zone=America/New_York' },
    body: new URLSearchParams({ bikeId, to: 'insurer', scopes: 'state', until: '2099-01-31' }),
  })
  expect(said[0]?.until).toBe('2099-02-01T04:59:59.999Z')
})

test('a place is made private by coordinates or by a ride, and removed', async () => {
  const rider = openRider()
  const typed = await rider.post('/sharing/places', { latitude: '52.5', longitude: '-1.25', radius: '300' })
  expect(typed.text).toContain('52.50000°, -1.25000°')
  const chosen = await rider.post('/sharing/places', { at: '47.1,8.2', radius: '1000' })
  expect(chosen.text).toContain('47.10000°, 8.20000° <span class="quiet">within 1,000 m')
  const removed = await rider.post('/sharing/places/remove', { place: '52.5,-1.25,300' })
  expect(removed.text).not.toContain('52.50000°')
  expect(removed.text).toContain('47.10000°')
})

test.each([
  { latitude: '', longitude: '8', radius: '300' },
  { latitude: '91', longitude: '8', radius: '300' },
  { latitude: 'north', longitude: '8', radius: '300' },
  { latitude: '47', longitude: '8', radius: '150' },
  { at: ',', radius: '300' },
])('no place on the earth is no private place: %o', async (fields) => {
  const answer = await openRider().post('/sharing/places', fields as Record<string, string>)
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('A latitude lies between')
})

test('an eleventh place is refused before the API is asked', async () => {
  const zones = Array.from({ length: 10 }, (_, n) => ({ latitudeDeg: n, longitudeDeg: 0, radiusM: 200 }))
  const rider = openRider({ 'GET /v1/riders/me/privacy-zones': () => Response.json({ zones }) })
  const answer = await rider.post('/sharing/places', { latitude: '52.5', longitude: '1', radius: '300' })
  expect(answer.text).toContain('You have ten private places')
})

test('places that cannot be read are not overwritten', async () => {
  let written = 0
  const rider = openRider({
    'GET /v1/riders/me/privacy-zones': refuses(503, 'store_unavailable'),
    'PUT /v1/riders/me/privacy-zones': () => {
      written++
      return Response.json({ zones: [] })
    },
  })
  const answer = await rider.post('/sharing/places', { latitude: '52.5', longitude: '1', radius: '300' })
  expect(answer.status).toBe(503)
  expect(written).toBe(0)
})

test.each([
  ['', 'Enter the code'],
  ['ABC', 'a code has 16 letters and digits'],
  ['BAAD-BAAD-BAAD-BAAD', 'the code gives you no bike'],
])('the code %j makes no bike mine', async (code, words) => {
  const answer = await openRider().post('/account/claims', { code })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain(words)
})

test('a bike changes hands: by a code of the receipt, by an offer, by giving it up', async () => {
  const rider = openRider()
  expect((await rider.post('/account/claims', { code: 'GOOD-GOOD-GOOD-GOOD' })).text).toContain(
    'The bike is yours.',
  )
  const offered = await rider.post(`/account/bikes/${bikeId}/offers`)
  expect(offered.text).toContain('7KQF-2M9X-4TJD-8WHB')
  expect((await rider.get('/account')).text).not.toContain('7KQF-2M9X-4TJD-8WHB')
  expect((await rider.post(`/account/bikes/${bikeId}/offers/offer-1/end`)).text).toContain(
    'The offer has ended',
  )
  expect((await rider.post(`/account/bikes/${bikeId}/release`)).text).toContain(
    'Tick that you give the bike up.',
  )
  const released = await rider.post(`/account/bikes/${bikeId}/release`, { sure: 'yes' })
  expect(released.text).toContain('The bike is not yours any more.')
})

test('a way is estimated; one that is none is refused', async () => {
  const app = createTestConsole()
  const ask = async (body: unknown) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    return (await app.request('/plan', init)).text()
  }
  const positions = [
    [8.5, 47.4, 410],
    [8.6, 47.4],
  ]
  const estimate = await ask({ bikeId, name: '<b>Lake</b>', level: '', temperature: '12', positions })
  expect(estimate).toContain('&lt;b&gt;Lake&lt;/b&gt;')
  expect(estimate).toContain('Most likely 1:22 h to 1:39 h.')
  expect(await ask({ bikeId, positions: [[8.5, 47.4]] })).toContain('A way has from 2 to 10,000 points')
  expect(await ask('nothing')).toContain('A way has from 2 to 10,000 points')
})

test('a way that the API refuses says where', async () => {
  const app = createTestConsole({ 'POST /v1/riders/me/duration': refuses(422, 'route_refused') })
  const body = JSON.stringify({
    bikeId,
    positions: [
      [8.5, 47.4],
      [8.6, 47.4],
    ],
  })
  const answer = await app.request('/plan', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(await answer.text()).toContain('because of route_refused')
})

test.each(['/my-data', '/sharing', '/sharing/places?ride=ride-1', '/account', '/plan'])(
  'broken answers blank nothing of %s',
  async (path) => {
    const nonsense = () =>
      Response.json({
        consents: [1],
        parts: 'x',
        grants: [{}],
        zones: [null],
        bikes: [{ bikeId, now: true }],
        notices: 7,
        rides: [{}],
        times: [1],
      })
    const away = refuses(503, 'store_unavailable')
    for (const answer of [nonsense, away]) {
      const all = [
        'consents',
        'export',
        'privacy-zones',
        'notices',
        'rides',
        'bikes',
        `bikes/${bikeId}/grants`,
        'rides/ride-1/streams',
      ]
      const instead = Object.fromEntries(all.map((name) => [`GET /v1/riders/me/${name}`, answer]))
      const page = await openRider(instead).get(path)
      expect([200, 503]).toContain(page.status)
      expect(page.text).toMatch(/<h1>/)
    }
  },
)
