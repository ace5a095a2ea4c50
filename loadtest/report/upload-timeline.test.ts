import { expect, test } from 'vitest'
import type { Point } from '../k6/points.ts'
import { createUploadTimeline } from './upload-timeline.ts'

const beginMs = Date.UTC(2026, 5, 16)
const point = (atS: number, of: Partial<Point>): Point => ({
  metric: 'upload_ms',
  atMs: beginMs + atS * 1_000,
  value: 0,
  flow: 'rides',
  status: '202',
  reason: '',
  upload: '',
  ...of,
})

test('each second has the percentiles of its accepted attempts, and all attempts by status', () => {
  const timeline = createUploadTimeline()
  for (let ms = 1; ms <= 100; ms++) timeline.add(point(0.3, { value: ms }))
  timeline.add(point(0.5, { value: 9_999, status: '429', reason: 'address_rate_exceeded' }))
  timeline.add(point(2.1, { value: 7 }))
  expect(timeline.seconds()).toEqual([
    { atS: 0, p50Ms: 50, p95Ms: 95, p99Ms: 99, samplesAccepted: 0, byStatus: { 202: 100, 429: 1 } },
    { atS: 2, p50Ms: 7, p95Ms: 7, p99Ms: 7, samplesAccepted: 0, byStatus: { 202: 1 } },
  ])
})

test('points that come late still find their second', () => {
  const timeline = createUploadTimeline()
  for (const atS of [0, 30, 1]) timeline.add(point(atS, { value: atS }))
  expect(timeline.seconds().map(({ atS, p50Ms }) => [atS, p50Ms])).toEqual([
    [0, 0],
    [1, 1],
    [30, 30],
  ])
})

test('totals say of each upload what was accepted and what is in doubt; hostile attempts are answers, and no second of phones', () => {
  const timeline = createUploadTimeline()
  timeline.add(point(0, {}))
  timeline.add(point(0, { metric: 'samples_in_doubt', value: 480, upload: 'a' }))
  timeline.add(point(1, { metric: 'samples_accepted', value: 480, upload: 'a' }))
  timeline.add(point(1, { metric: 'samples_accepted', value: 470, upload: 'b' }))
  timeline.add(point(0, { metric: 'dropped_iterations', value: 2, flow: '' }))
  timeline.add(point(0, { flow: 'hostile', status: '413', reason: 'ratio_too_high' }))
  expect(timeline.totals()).toEqual({
    samplesAccepted: 950,
    uploads: new Map([
      ['a', { samples: 480, accepted: 480, inDoubt: 480 }],
      ['b', { samples: 470, accepted: 470, inDoubt: 0 }],
    ]),
    dropped: 2,
    leftInPhones: 0,
    answers: { 'rides 202': 1, 'hostile 413 ratio_too_high': 1 },
  })
  expect(timeline.seconds()[0]?.byStatus).toEqual({ 202: 1 })
})
