// The pages, rendered from fixed answers of the API: good ones, broken ones, and none.
import { describe, expect, test } from 'vitest'
import { createTestConsole } from '../testing/console.ts'
import { bikeIds, type Instead } from '../testing/fake-api.ts'

const [bikeId] = bikeIds
const paths = {
  bikes: '/v1/riders/me/bikes',
  latest: `/v1/bikes/${bikeId}/latest`,
  range: `/v1/bikes/${bikeId}/range`,
  rides: '/v1/riders/me/rides',
  totals: '/v1/riders/me/totals',
  ride: '/v1/riders/me/rides/ride-1',
  streams: '/v1/riders/me/rides/ride-1/streams',
  file: '/v1/riders/me/rides/ride-1/files/gpx',
}

async function pageOf(path: string, instead: Instead = {}, init: RequestInit = {}) {
  const headers = { cookie: 'zone=Europe/Berlin', ...(init.headers as Record<string, string>) }
  const response = await createTestConsole(instead).request(path, { ...init, headers })
  return { status: response.status, location: response.headers.get('location'), text: await response.text() }
}
const answers = (body: unknown) => () => Response.json(body)
const fails =
  (status: number, reason = 'store_unavailable') =>
  () =>
    Response.json({ detail: `because of ${reason}`, reason }, { status })
/** A text that JSON.parse takes, and JSON.stringify would not write. */
const says = (text: string) => () => new Response(text)

describe('a good answer is shown:', () => {
  test.each([
    ['/', ['Alpina 5', 'Connected now', '>82<', '>49<', 'Most likely 41 to 58 km. From 23 rides of yours.']],
    ['/', ['Bike C-77', 'Last seen 3 hours ago', 'how much the battery holds']],
    [`/bikes/${bikeId}`, ['Alpina 5', 'Frame F-2025-00417', '2,431', 'Climbs', '+14 %', '−3 %', 'no change']],
    ['/rides', ['Round the lake', '28.5', '1:20 h · 8.8 Wh/km', 'Sat 28 Nov · 14:10', 'November 2026']],
    ['/rides', ['On the way', 'October 2026', 'Afternoon ride']],
    ['/rides/ride-1', ['Round the lake', 'Sat 28 November 2026, 14:10 to 15:38', '94 → 44', 'Level 2 61 %']],
    ['/rides/ride-1', ['The way of the ride, north up', '2 km', 'the line is broken', 'Speed, km/h']],
  ])('%s', async (path, words) => {
    const { status, text } = await pageOf(path)
    expect(status).toBe(200)
    for (const word of words) expect(text).toContain(word)
  })
})

test('a bike that was sold is not among the rider’s', async () => {
  const { text } = await pageOf('/')
  expect(text).not.toContain('SOLD-1')
  expect((await pageOf('/bikes/d94a7a3c-0000-4000-8000-000000000003')).status).toBe(404)
})

test('words of others are words, on every page', async () => {
  const name = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
  const ride = { rideId: 'ride-1', from: '2026-11-28T13:10:00Z', name, summary: {} }
  const bike = { bikeId, frameNumber: name, model: name, now: true }
  const instead: Instead = {
    [`GET ${paths.bikes}`]: answers({ bikes: [bike] }),
    [`GET ${paths.rides}`]: answers({ rides: [ride], next: name }),
    [`GET ${paths.ride}`]: answers(ride),
    [`POST ${paths.range}`]: answers({ status: 'not_enough_data', missing: [name] }),
  }
  for (const path of [
    '/',
    `/bikes/${bikeId}`,
    '/rides',
    '/rides/ride-1',
    `/rides?bike=${encodeURIComponent(name)}`,
  ]) {
    const { text } = await pageOf(path, instead)
    expect(text).toContain('&lt;script&gt;alert(1)')
    expect(text).not.toContain('<script>alert')
    expect(text).not.toContain('<img src=x')
  }
})

/** Answers that no API should give. */
const broken: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no JSON', '<html>'],
  ['null', 'null'],
  ['a list', '[]'],
  ['an empty object', '{}'],
  [
    'nulls',
    '{"bikes":null,"rides":null,"totals":null,"groups":null,"summary":null,"times":null,"status":null}',
  ],
  ['elements of no use', '{"bikes":[null,1,{}],"rides":[null,"x",{}],"totals":[null,{}],"next":7}'],
  [
    'numbers beyond all bounds',
    '{"rideId":"ride-1","from":1e999,"summary":{"distanceM":1e999,"movingS":-1e308}}',
  ],
  [
    'columns of unequal length and strange cells',
    '{"times":[1,2,3],"bucketMs":"x","columns":{"speed_kmh":[1e999,"x"],"latitude_deg":[91,null,47],"longitude_deg":[8,8,1e9]}}',
  ],
  ['times beyond all dates', '{"times":[-1e300,1e300],"columns":{"speed_kmh":[1,2]}}'],
]

describe('no page is blank', () => {
  test.each(
    Object.entries(paths).flatMap(([name, path]) =>
      broken.map(([what, text]) => [name, what, path, text] as const),
    ),
  )('where the answer about %s is %s', async (_, __, path, text) => {
    const instead: Instead = { [`GET ${path}`]: says(text), [`POST ${path}`]: says(text) }
    for (const page of ['/', `/bikes/${bikeId}`, '/rides', '/rides/ride-1']) {
      const shown = await pageOf(page, instead)
      expect(shown.text).toMatch(/<h1>[^<]+<\/h1>/)
      expect(shown.text).not.toMatch(/NaN|undefined|Infinity|\[object/)
    }
  })

  test.each([
    ['/', paths.latest, 'The charge: This cannot be shown at the moment.', '>49<'],
    ['/', paths.range, 'The range: This cannot be shown at the moment.', '>82<'],
    ['/rides', paths.totals, 'The totals: This cannot be shown at the moment.', 'Round the lake'],
    ['/rides', paths.rides, 'Your rides: This cannot be shown at the moment.', 'This week'],
    ['/rides', paths.bikes, 'All bikes', 'Round the lake'],
    ['/rides/ride-1', paths.streams, 'The map and the charts: This cannot be shown at the moment.', '28.5'],
  ])('%s stands while %s fails', async (page, path, sentence, rest) => {
    const { status, text } = await pageOf(page, { [`GET ${path}`]: fails(503), [`POST ${path}`]: fails(503) })
    expect(status).toBe(200)
    expect(text).toContain(sentence)
    expect(text).toContain(rest)
  })

  test.each([
    [503, 503, 'The platform does not answer.'],
    [500, 503, 'The platform does not answer.'],
    [404, 404, 'There is nothing here for you.'],
    [422, 422, 'because of store_unavailable'],
  ])('where the API answers %i', async (status, shown, sentence) => {
    const page = await pageOf('/rides/ride-1', { [`GET ${paths.ride}`]: fails(status) })
    expect(page.status).toBe(shown)
    expect(page.text).toContain(sentence)
  })

  test('where the API hangs', async () => {
    const { text } = await pageOf('/', { [`GET ${paths.latest}`]: () => new Promise(() => undefined) })
    expect(text).toContain('The charge: This cannot be shown at the moment.')
  })
})

test('whose token holds no more is led to the sign-in, and back to the page', async () => {
  const { location } = await pageOf('/rides/ride-1', { [`GET ${paths.ride}`]: fails(401, 'token_invalid') })
  expect(location).toBe('/sign-in?to=%2Frides%2Fride-1')
})

test('the address of a ride that was joined with another leads to that one', async () => {
  const ride = { rideId: 'ride-2', summary: {} }
  const { status, location } = await pageOf('/rides/ride-1', { [`GET ${paths.ride}`]: answers(ride) })
  expect([status, location]).toEqual([308, '/rides/ride-2'])
})

test.each([
  ['name=Pass&hidden=yes', { name: 'Pass', hidden: true, notMe: false }],
  ['name=%20&notMe=yes', { name: null, hidden: false, notMe: true }],
])('the form %s says %o', async (form, said) => {
  const bodies: unknown[] = []
  const instead: Instead = {
    [`PATCH ${paths.ride}`]: async (request) => {
      bodies.push(await request.json())
      return Response.json({ rideId: 'ride-1', summary: {} })
    },
  }
  const headers = { origin: 'http://localhost', 'content-type': 'application/x-www-form-urlencoded' }
  const { status, location } = await pageOf('/rides/ride-1', instead, { method: 'POST', headers, body: form })
  expect(bodies).toEqual([said])
  expect([status, location]).toEqual([303, '/rides/ride-1?saved'])
})

test('filters are asked for in the rider’s zone, and stay with the page', async () => {
  const asked: string[] = []
  const instead: Instead = {
    [`GET ${paths.rides}`]: (request) => {
      asked.push(new URL(request.url).search)
      return Response.json({ rides: [], next: 'the-next' })
    },
  }
  const { text } = await pageOf('/rides?from=2026-03-29&until=2026-03-29&hidden=yes&bike=b&by=month', instead)
  // The day on which summer time begins has 23 hours.
  expect(Object.fromEntries(new URLSearchParams(asked[0]))).toEqual({
    ...{ bikeId: 'b', limit: '30', hidden: 'true' },
    ...{ from: '2026-03-28T23:00:00.000Z', until: '2026-03-29T22:00:00.000Z' },
  })
  expect(text).toContain(
    'href="/rides?bike=b&amp;from=2026-03-29&amp;until=2026-03-29&amp;hidden=yes&amp;by=month&amp;cursor=the-next"',
  )
  expect(text).toContain('No ride here')
})

test.each(['from=x', 'from=2026-02-31', 'until=999999999999', 'by=%00'])(
  'a filter of no use is none: %s',
  async (query) => {
    const { status, text } = await pageOf(`/rides?${query}`)
    expect(status).toBe(200)
    expect(text).toContain('Round the lake')
  },
)

test('a level that is chosen is asked for', async () => {
  const asked: unknown[] = []
  const instead: Instead = {
    [`POST ${paths.range}`]: async (request) => {
      asked.push(await request.json())
      return Response.json({ status: 'not_enough_data', missing: ['charge'] })
    },
  }
  for (const level of ['4', '9']) await pageOf(`/bikes/${bikeId}?level=${level}`, instead)
  expect(asked).toEqual([{ level: 4 }, {}])
})

test.each([
  ['format=gpx', 'gpx', null],
  ['format=fit&shared=yes', 'fit', 'true'],
  ['format=../streams', 'gpx', null],
])('the file of %s', async (query, format, shared) => {
  const asked: (string | null)[] = []
  const path = paths.file.replace('gpx', format)
  const instead: Instead = {
    [`GET ${path}`]: (request) => {
      asked.push(new URL(request.url).searchParams.get('shared'))
      const headers = {
        'content-type': 'application/gpx+xml',
        'content-disposition': 'attachment; filename="r"',
      }
      return new Response('the file', { headers })
    },
  }
  const response = await createTestConsole(instead).request(`/rides/ride-1/file?${query}`)
  expect(asked).toEqual([shared])
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="r"')
  expect(await response.text()).toBe('the file')
})

test('a file that cannot be written says why', async () => {
  const { status, text } = await pageOf('/rides/ride-1/file?format=gpx', {
    [`GET ${paths.file}`]: fails(422, 'nothing_to_show'),
  })
  expect(status).toBe(422)
  expect(text).toContain('because of nothing_to_show')
})
