import { expect, test } from 'vitest'
import { topicLayouts } from '../../../topics.ts'
import { certificateStores, stepAfter } from './plan.ts'
import { steps } from './port.ts'

const doneAtMs = Date.parse('2026-11-30T12:00:00Z')
const reachedMs = { known: 1_000, booked: 2_000, rows: 3_000, expunged: 4_000 }
const stores = certificateStores({ requestedAtMs: 500, reachedMs, doneAtMs })
const of = (name: string) => stores.find(({ store }) => store === name)

test('each step is followed by the next one, and the last by none', () => {
  expect(steps.map(stepAfter)).toEqual([...steps.slice(1), undefined])
})

test('samples are unreachable since the request, and gone when the files are merged', () => {
  expect(of('Elasticsearch telemetry')).toMatchObject({ unreachableAtMs: 500, bytesGoneAtMs: 4_000 })
})

test('nobody says when PostgreSQL’s bytes are gone', () => {
  expect(of('PostgreSQL rides')).toMatchObject({
    how: 'deleted',
    unreachableAtMs: 3_000,
    bytesGoneAtMs: null,
  })
  expect(of('PostgreSQL known_bikes')).toMatchObject({ how: 'follows', unreachableAtMs: 1_000 })
})

test('a topic ages by its retention, a segment and the time in which the broker looks', () => {
  const hour = 3_600_000
  expect(topicLayouts['telemetry.raw'].config['retention.ms']).toBe(String(7 * 24 * hour))
  expect(of('Kafka telemetry.raw')).toMatchObject({
    how: 'ages',
    unreachableAtMs: 2_000,
    bytesGoneAtMs: doneAtMs + (7 * 24 + 1.1) * hour,
  })
  expect(of('Kafka bike.entity')).toMatchObject({ bytesGoneAtMs: doneAtMs + (8 * 24 + 0.1) * hour })
})

test('a store where nothing is done says so, and one without riders is not named', () => {
  expect(of('Kafka manufacturing.events')).toMatchObject({
    ...{ how: 'stays', unreachableAtMs: null, bytesGoneAtMs: null },
    note: 'sales told before sales named nobody',
  })
  expect(of('PostgreSQL bikes')).toBeUndefined()
})
