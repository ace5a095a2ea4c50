import { expect, test } from 'vitest'
import type { z } from 'zod'
import type { ApiStores } from './port.ts'
import { invalid } from './problem.ts'
import { defaultListed } from './request.ts'
import { bikeRoutes, defaultSamples, telemetryQuery } from './riders/bike-routes.ts'
import { commandsQuery } from './riders/command-routes.ts'

test.each([
  ['a time with a zone', '2025-01-01T01:00:00+01:00'],
  ['a date', '2025-01-01'],
  ['Unix milliseconds', '1735689600000'],
])('%s is a time', (_, from) => {
  expect(telemetryQuery.parse({ from })).toMatchObject({ from: 1_735_689_600_000, limit: defaultSamples })
})

test.each<[string, z.ZodType]>([
  ['telemetry', telemetryQuery],
  ['commands', commandsQuery],
])('a parameter that %s does not take is refused and named', (_, schema) => {
  const { error } = schema.safeParse({ frm: '1' })
  expect(error && invalid(error)).toMatchObject({
    reason: 'request_invalid',
    detail: expect.stringContaining('frm'),
  })
})

test('the contract names the parameters that are read, and their defaults', () => {
  const routes = bikeRoutes({} as ApiStores)
  const { paths } = routes.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '1' } })
  const parameters = paths?.['/v1/bikes/{id}/telemetry']?.get?.parameters ?? []
  expect(parameters).toContainEqual(
    expect.objectContaining({
      name: 'limit',
      in: 'query',
      schema: expect.objectContaining({ default: defaultSamples }),
    }),
  )
  expect(commandsQuery.parse({})).toEqual({ limit: defaultListed })
})
