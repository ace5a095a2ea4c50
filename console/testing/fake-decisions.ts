// What a rider decides, for the fake API: consents, grants, private places, bikes that change hands, exports. It remembers.
import { Hono } from 'hono'

const iso = (ms: number) => new Date(ms).toISOString()
const dayMs = 86_400_000
const problem = (status: number, reason: string, detail: string) =>
  Response.json({ title: reason, status, detail, reason }, { status })

export function fakeDecisions(bikeId: string): Hono {
  const api = new Hono()
  const nowMs = Date.now()
  const consents = [
    {
      purpose: 'research',
      given: false,
      since: null as string | null,
      text: {
        version: '2',
        byLanguage: {
          de: 'Forschende sehen meine Fahrten ohne meinen Namen.',
          en: 'Researchers see my rides, with positions, without my name. They may publish sums over many riders, never single rides. I can end this at any time; then nothing of mine is used from that moment on.',
        },
      },
      history: [
        { at: iso(nowMs - 20 * dayMs), act: 'withdrawn', from: null, textVersion: null, by: 'rider' },
        { at: iso(nowMs - 90 * dayMs), act: 'given', from: null, textVersion: '1', by: 'rider' },
      ],
    },
    {
      purpose: 'product',
      given: true,
      since: iso(nowMs - 30 * dayMs) as string | null,
      text: {
        version: '1',
        byLanguage: {
          en: 'Estimates of range and duration for all riders learn from my rides: from distance, climb, energy and temperature, not from places.',
        },
      },
      history: [{ at: iso(nowMs - 30 * dayMs), act: 'given', from: null, textVersion: '1', by: 'rider' }],
    },
  ]
  api.get('/v1/riders/me/consents', (c) => c.json({ consents }))
  api.put('/v1/riders/me/consents/:purpose', async (c) => {
    const consent = consents.find(({ purpose }) => purpose === c.req.param('purpose'))
    const { textVersion } = (await c.req.json()) as { textVersion: string }
    if (consent === undefined || consent.text.version !== textVersion)
      return problem(
        409,
        'text_outdated',
        'the text is not the one that holds now: show the new one, and ask again',
      )
    Object.assign(consent, { given: true, since: iso(Date.now()) })
    return c.json(consent)
  })
  api.delete('/v1/riders/me/consents/:purpose', (c) => {
    const consent = consents.find(({ purpose }) => purpose === c.req.param('purpose'))
    Object.assign(consent ?? {}, { given: false, since: null })
    return c.json(consent ?? {})
  })

  let erasure: object | null = null
  const receipt = '5b0c6a1e-8a52-4f6e-9d52-0c8f6f1f2a11'
  const times = { requestedAt: iso(nowMs), dueAt: iso(nowMs + dayMs), doneAt: null }
  const waits = { erasureId: receipt, state: 'waits', ...times, obstacle: null, certificate: null }
  api.get('/v1/riders/me/erasure', (c) => c.json({ erasure }))
  api.put('/v1/riders/me/erasure', (c) => {
    erasure = waits
    return c.json(waits)
  })
  api.delete('/v1/riders/me/erasure', (c) => {
    erasure = null
    return c.json({ erasure })
  })
  api.get('/v1/erasures/:id', (c) =>
    c.req.param('id') === receipt
      ? c.json({ ...waits, state: 'done', dueAt: null, doneAt: iso(nowMs), certificate: 'e.y.J' })
      : problem(404, 'not_found', 'there is no such erasure, or it was taken back'),
  )

  const grants = [
    {
      grantId: 'grant-1',
      to: 'workshop:velohaus',
      scopes: ['state'],
      ridesFrom: iso(nowMs - 9 * dayMs),
      from: iso(nowMs - 9 * dayMs),
      until: iso(nowMs + 90 * dayMs),
      holds: true,
    },
    {
      grantId: 'grant-2',
      to: 'insurer',
      scopes: ['state', 'rides'],
      ridesFrom: iso(nowMs - 400 * dayMs),
      from: iso(nowMs - 400 * dayMs),
      until: iso(nowMs - 35 * dayMs),
      holds: false,
    },
  ]
  api.get('/v1/riders/me/bikes/:id/grants', (c) =>
    c.json({ grants: c.req.param('id') === bikeId ? grants : [] }),
  )
  api.post('/v1/riders/me/bikes/:id/grants', async (c) => {
    const given = {
      ...((await c.req.json()) as Omit<(typeof grants)[number], 'ridesFrom'>),
      grantId: `grant-${grants.length + 1}`,
    }
    grants.unshift({ ridesFrom: iso(Date.now()), ...given, from: iso(Date.now()), holds: true })
    return c.json(given, 201)
  })
  api.delete('/v1/riders/me/bikes/:id/grants/:grantId', (c) => {
    for (const grant of grants) if (grant.grantId === c.req.param('grantId')) grant.holds = false
    return c.body(null, 204)
  })

  let zones: unknown[] = [{ latitudeDeg: 47.36667, longitudeDeg: 8.55, radiusM: 400 }]
  api.get('/v1/riders/me/privacy-zones', (c) => c.json({ zones }))
  api.put('/v1/riders/me/privacy-zones', async (c) => {
    const said = (await c.req.json()) as { zones: unknown[] }
    zones = said.zones
    return c.json({ zones })
  })

  api.post('/v1/riders/me/claims', async (c) => {
    const { code } = (await c.req.json()) as { code: string }
    if (code.replaceAll('-', '').length !== 16) return problem(400, 'request_invalid', 'code: no code')
    if (!code.startsWith('GOOD')) return problem(403, 'code_refused', 'the code gives you no bike')
    return c.json({ bikeId, from: iso(Date.now()) }, 201)
  })
  api.post('/v1/riders/me/bikes/:id/offers', (c) =>
    c.json(
      { offerId: 'offer-1', from: null, validUntil: iso(nowMs + 14 * dayMs), code: '7KQF-2M9X-4TJD-8WHB' },
      201,
    ),
  )
  api.delete('/v1/riders/me/bikes/:id/offers/:offerId', (c) => c.body(null, 204))
  api.post('/v1/riders/me/bikes/:id/release', (c) =>
    c.json({ bikeId: c.req.param('id'), until: iso(Date.now()) }),
  )
  api.get('/v1/riders/me/notices', (c) =>
    c.json({
      notices: [
        {
          noticeId: '2',
          at: iso(nowMs - 3 * dayMs),
          kind: 'case_opened',
          bikeId,
          objectUntil: iso(nowMs + 11 * dayMs),
          reason: 'an invoice of another rider',
        },
        { noticeId: '1', at: iso(nowMs - 200 * dayMs), kind: 'offer_accepted', bikeId },
      ],
    }),
  )

  api.get('/v1/riders/me/export', (c) =>
    c.json({
      parts: ['2026-11', '2026-10', '2025-07'].map((month) => ({
        month,
        path: `/v1/riders/me/export/${month}`,
      })),
    }),
  )
  api.get('/v1/riders/me/export/:month', (c) =>
    c.body('PK', 200, {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="export-${c.req.param('month')}.zip"`,
    }),
  )

  api.post('/v1/riders/me/duration', (c) =>
    c.json({
      ...{
        status: 'estimate',
        distanceKm: 31.4,
        assumed: [],
        ridesUsed: 23,
        basis: 'personal',
        priorVersion: 'shipped-1',
      },
      movingS: { p10: 4_900, p50: 5_400, p90: 5_960 },
      elapsedS: { p10: 5_300, p50: 6_200, p90: 7_700 },
    }),
  )
  return api
}
