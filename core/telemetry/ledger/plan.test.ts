import { describe, expect, test } from 'vitest'
import { planSettling } from './plan.ts'
import type { LedgerCount, WalkedTrack } from './port.ts'

const nowMs = Date.UTC(2026, 10, 30)
const day = 86_400_000

const line = (text: string): LedgerCount => {
  const [stage, outcome, samples, reason = ''] = text.split(' ') as [
    LedgerCount['stage'],
    string,
    string,
    string?,
  ]
  return { stage, outcome, reason, samples: Number(samples) }
}
const clean = [
  'normalize clean 300',
  'search stored 300',
  'latest merged 300',
  'analytics withheld 300 consent_absent',
]

const track = (lines: readonly string[], others: Partial<WalkedTrack> = {}): WalkedTrack => ({
  ...{
    trackId: 'a track',
    index: 0,
    bikeId: 'a bike',
    receivedAtMs: nowMs - day,
    deliveryTracks: 1,
    accepted: 300,
  },
  counts: lines.map(line),
  waits: false,
  ...others,
})
const plan = (given: WalkedTrack) => planSettling([given], { nowMs, keptDays: 90 })

test('the short row of a track says what became of each sample', () => {
  expect(plan(track(clean)).settled).toEqual([{ trackId: 'a track', delivered: 0, unusual: undefined }])
  const lines = [
    ...['normalize clean 300', 'search stored 290', 'search duplicate 10', 'latest merged 300'],
    ...[
      'analytics delivered 200',
      'analytics withheld 50 consent_absent',
      'analytics withheld 40 consent_not_at_event_time',
    ],
  ]
  expect(plan(track(lines, { index: 2, deliveryTracks: 3 })).settled).toEqual([
    { trackId: 'a track', delivered: 200, unusual: [2, 3, 10, 40] },
  ])
})

describe('details stay', () => {
  test.each([
    ['a stage has not told yet', clean.slice(0, 3)],
    ['a sample got lost on the way', clean.map((text) => text.replace('clean 300', 'clean 299'))],
    [
      'samples are in quarantine, which a replay will change',
      [
        ...[
          'normalize clean 290',
          'normalize quarantined 10 event_in_future',
          'search stored 290',
          'latest merged 290',
        ],
        'analytics delivered 290',
      ],
    ],
    [
      'a stage tells an outcome that the short row has no place for',
      [...clean.slice(0, 3), 'analytics withheld 300 of_a_later_version'],
    ],
  ])('where %s', (_, lines) => {
    expect(plan(track(lines))).toEqual({ settled: [], expired: [] })
  })
})

test('books that are too old go, settled or not; those whose samples wait in quarantine stay', () => {
  const receivedAtMs = nowMs - 90 * day - 1
  for (const lines of [clean, clean.slice(0, 2)])
    expect(plan(track(lines, { receivedAtMs }))).toEqual({ settled: [], expired: ['a track'] })
  expect(plan(track(clean.slice(0, 2), { receivedAtMs, waits: true }))).toEqual({ settled: [], expired: [] })
  expect(plan(track(clean, { receivedAtMs: receivedAtMs + 1 })).expired).toEqual([])
})
