import { expect, test } from 'vitest'
import { checkRiders, ridersReport } from './rider-checks.ts'
import type { AskedRange, RidersResult } from './riders.ts'
import { planTours } from './tours.ts'

const tours = planTours(Date.UTC(2026, 10, 23))
const samples = tours.tours.reduce((sum, { ride }) => sum + ride.samples, 0)
const between = { p10: 5, p50: 6, p90: 7 }
const told = (basis: AskedRange['basis'], rodeWhPerKm: number): AskedRange => ({
  ...{ basis, rangeKm: { p10: 50, p50: 60, p90: 70 }, whPerKm: between, rodeWhPerKm },
})

const right: RidersResult = {
  tours,
  ridesListed: 5,
  pieces: { rides: 2, oldIdLeadsOn: true },
  asked: [told('population', 8), ...[5, 6, 7, 4.9].map((rode) => told('personal', rode))],
  exported: { samples, broken: 0 },
  ledger: {
    accepted: samples,
    lines: [
      { stage: 'normalize', outcome: 'clean', reason: '', samples },
      { stage: 'search', outcome: 'stored', reason: '', samples },
      { stage: 'latest', outcome: 'merged', reason: '', samples },
      { stage: 'analytics', outcome: 'withheld', reason: 'no_consent', samples },
    ],
  },
}

const failing = (result: RidersResult, documents = samples) =>
  checkRiders(result, documents).flatMap(({ holds, what }) => (holds ? [] : [what]))

test('a tour is cut where a ride must end, and pieces and middle are all of it', () => {
  const [, , inPieces] = tours.tours
  expect(inPieces?.late.length).toBeGreaterThan(0)
  const sent = [...(inPieces?.first ?? []), ...(inPieces?.late ?? [])]
  expect(sent.reduce((sum, each) => sum + each.samples, 0)).toBe(inPieces?.ride.samples)
})

test('a tour counts as covered between P10 and P90, both included', () => {
  expect(ridersReport(right)).toEqual({ rides: 5, joined: 2, rangeCovered: 3, exported: samples })
})

test.each<[string, Partial<RidersResult>, RegExp]>([
  ['a ride that is not listed', { ridesListed: 4 }, /in her list/],
  ['no pieces', { pieces: { rides: 0, oldIdLeadsOn: true } }, /late piece joined/],
  ['an id that leads nowhere', { pieces: { rides: 2, oldIdLeadsOn: false } }, /old id/],
  [
    'answers that learn nothing',
    { asked: right.asked.map((each) => ({ ...each, basis: 'population' })) },
    /rest on/,
  ],
  [
    'a ride without its consumption',
    { asked: [told('population', Number.NaN), ...right.asked.slice(1)] },
    /consumption/,
  ],
  [
    'a sample that she does not get',
    { exported: { ...right.exported, samples: samples - 1 } },
    /in her export/,
  ],
  ['a broken file', { exported: { ...right.exported, broken: 1 } }, /manifest/],
  ['books that do not balance', { ledger: { ...right.ledger, accepted: samples + 1 } }, /in the ledger/],
])('%s does not hold', (_, wrong, what) => {
  expect(failing(right)).toEqual([])
  expect(failing({ ...right, ...wrong })).toEqual([expect.stringMatching(what)])
})

test('a document that is missing does not hold', () => {
  expect(failing(right, samples - 1)).toEqual([expect.stringMatching(/documents/)])
})
