import { expect, test } from 'vitest'
import { openapi } from './openapi.ts'
import { defaultLimit, defaultListed, parseListLimit, parseTelemetryRequest } from './request.ts'

test.each([
  ['a time with a zone', '2025-01-01T01:00:00+01:00'],
  ['a date', '2025-01-01'],
  ['Unix milliseconds', '1735689600000'],
])('%s is a time', (_, from) => {
  expect(parseTelemetryRequest({ from })).toMatchObject({ fromMs: 1_735_689_600_000, limit: defaultLimit })
})

test.each([
  ['telemetry', parseTelemetryRequest],
  ['commands', parseListLimit],
])('a parameter that %s does not take is refused and named', (_, parse) => {
  expect(parse({ frm: '1' })).toMatchObject({
    reason: 'request_invalid',
    detail: expect.stringContaining('frm'),
  })
})

test('the contract names the parameters that are read, and their defaults', () => {
  const { parameters } = openapi.paths['/v1/bikes/{id}/telemetry'].get
  const limit = parameters.find(({ name }) => name === 'limit')
  expect(limit?.schema).toMatchObject({ default: defaultLimit })
  expect(parseListLimit({})).toEqual({ limit: defaultListed })
})
