import { expect, test } from 'vitest'
import { readPoint } from './points.ts'

const line = (metric: string, tags: object | null, { type = 'Point', metadata = {} } = {}) =>
  JSON.stringify({ metric, type, data: { time: '2026-06-16T07:30:00.5Z', value: 12.5, tags, metadata } })

test('an attempt is read with its flow, status and reason, and the upload that it was for', () => {
  const tags = { flow: 'rides', status: '429', reason: 'address_rate_exceeded', scenario: 'rides' }
  expect(readPoint(line('upload_ms', tags, { metadata: { upload: 'u-1' } }))).toEqual({
    metric: 'upload_ms',
    atMs: Date.UTC(2026, 5, 16, 7, 30, 0, 500),
    value: 12.5,
    flow: 'rides',
    status: '429',
    reason: 'address_rate_exceeded',
    upload: 'u-1',
  })
})

test.each([
  ['the declaration of a metric', line('upload_ms', null, { type: 'Metric' })],
  ['a metric that nobody reports', line('http_req_blocked', {})],
  ['no JSON at all', 'time="…" level=warning'],
  ['an empty line', ''],
])('%s is left out', (_, text) => {
  expect(readPoint(text)).toBeUndefined()
})
