import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DecodedTrack } from '../../../proto/index.ts'
import type { ConsentRange } from '../../riders/consent/port.ts'
import { checkConsent, stillConsented, withoutPeriod } from './consent-check.ts'
import type { ResearchConsent } from './port.ts'

const open = Number.POSITIVE_INFINITY
const consent = (fromMs: number, untilMs: number): ConsentRange => ({
  fromMs,
  untilMs,
  now: untilMs === open,
})

const period = { key: 'k', person: 'p' }
const under = (ranges: ConsentRange[]): ResearchConsent => ({ ranges, period })

function trackAt(timesMs: number[]): DecodedTrack {
  return {
    bikeId: 'b',
    recorderId: 'r',
    kind: 'ride',
    clock: { bootId: 0, clockEpoch: 0 },
    timesMs: Float64Array.from(timesMs),
    columns: [],
  }
}

const times = [100, 200, 300, 400]
const all = [{ first: 0, count: 4 }]

test.each<[string, ConsentRange[] | undefined, number[], number, number]>([
  ['without any consent nothing passes', undefined, [], 4, 0],
  ['with a withdrawn consent nothing passes, not even what it covered', [consent(0, 1_000)], [], 4, 0],
  ['an open consent passes what happened since', [consent(200, open)], [1, 2, 3], 0, 1],
  ['a consent holds from its first moment', [consent(400, open)], [3], 0, 3],
  [
    'who consents again is heard again for the former consent, up to its last moment',
    [consent(100, 200), consent(350, open)],
    [0, 3],
    0,
    2,
  ],
])('%s', (_, consents, samples, absent, notThen) => {
  const verdict = checkConsent({ track: trackAt(times), clockOffsetMs: 0 }, all, consents && under(consents))
  expect(verdict.consented?.samples ?? []).toEqual(samples)
  expect(verdict.withheld).toEqual({ consent_absent: absent, consent_not_at_event_time: notThen })
})

test('the corrected time counts, and only candidates are looked at', () => {
  const verdict = checkConsent(
    { track: trackAt(times), clockOffsetMs: 1_000 },
    [{ first: 1, count: 2 }],
    under([consent(1_300, open)]),
  )
  expect(verdict.consented?.samples).toEqual([2])
  expect(verdict.withheld.consent_not_at_event_time).toBe(1)
})

test.each<[string, ConsentRange[], ConsentRange[] | undefined, boolean]>([
  [
    'unchanged consents hold',
    [consent(0, 100), consent(200, open)],
    [consent(0, 100), consent(200, open)],
    true,
  ],
  ['a withdrawal ends them', [consent(0, open)], [consent(0, 400)], false],
  [
    'so does a withdrawal with a new consent',
    [consent(0, open)],
    [consent(0, 400), consent(500, open)],
    false,
  ],
  ['so does their absence', [consent(0, open)], undefined, false],
  [
    'who had withdrawn before was not delivered, and may do what he likes',
    [consent(0, 100)],
    undefined,
    true,
  ],
])('%s', (_, before, after, holds) => {
  const present = new Map(after === undefined ? [] : [['anna', under(after)] as const])
  expect(stillConsented(new Map([['anna', under(before)]]), present)).toBe(holds)
})

test('who withdraws and consents again since long ago is another person', () => {
  const ranges = [consent(0, open)]
  const after = { ranges, period: { key: 'another', person: 'q' } }
  expect(stillConsented(new Map([['anna', under(ranges)]]), new Map([['anna', after]]))).toBe(false)
})

test('whoever consents needs a period before a batch is decided', () => {
  const consents = new Map<string, ResearchConsent>([
    ['anna', { ranges: [consent(0, open)], period: undefined }],
    ['ben', { ranges: [consent(0, 100)], period: undefined }],
    ['carla', under([consent(0, open)])],
  ])
  expect(withoutPeriod(consents)).toEqual(['anna'])
  const decide = (rider: string) =>
    checkConsent({ track: trackAt(times), clockOffsetMs: 0 }, all, consents.get(rider))
  expect(() => decide('anna')).toThrow('without a period')
  expect(decide('ben').withheld.consent_absent).toBe(4)
})

test('every candidate is delivered or withheld, and none delivered without a consent now and then', () => {
  const ranges = fc.array(
    fc
      .tuple(fc.nat(500), fc.option(fc.nat(500)))
      .map(([from, length]) => consent(from, length === null ? open : from + length)),
    { maxLength: 4 },
  )
  fc.assert(
    fc.property(ranges, (consents) => {
      const { consented, withheld } = checkConsent(
        { track: trackAt(times), clockOffsetMs: 0 },
        all,
        under(consents),
      )
      const samples = consented?.samples ?? []
      expect(samples.length + withheld.consent_absent + withheld.consent_not_at_event_time).toBe(4)
      for (const index of samples) {
        const at = times[index] as number
        expect(consents.some(({ now }) => now)).toBe(true)
        expect(consents.some(({ fromMs, untilMs }) => fromMs <= at && at < untilMs)).toBe(true)
      }
    }),
  )
})
