import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { BikeEntitySchema } from '../proto/gen/mobility/fleet/v1/bike_pb.js'
import type { FleetResult } from './fleet.ts'
import { checkFleet, fleetReport } from './fleet-checks.ts'
import { planFleet } from './fleet-plan.ts'

const plan = planFleet(Date.UTC(2026, 10, 24))
const entities = [...plan.parts].map(([bikeId, parts]) =>
  create(BikeEntitySchema, {
    bikeId,
    parts: parts.map((part) => {
      const [slot = '', serialNumber = ''] = part.split(' ')
      return { slot, serialNumber }
    }),
  }),
)
const finding = { reason: 'check_digit', detail: '', end: '' }

/** As a faultless platform leaves it. */
const result: FleetResult = {
  plan,
  findings: Array.from({ length: plan.contradictions.length + 2 }, () => finding),
  held: { before: plan.held, after: 0 },
  released: plan.released,
  unreadableRows: 2,
  masterData: { bikes: plan.bikes.length, components: plan.components },
  openWitnessFindings: 0,
  entities,
  rode: { bikeId: plan.mistyped.bike.bikeId, samples: 90, waited: 90 },
  ledger: {
    accepted: 180,
    lines: [
      { stage: 'normalize', outcome: 'clean', reason: '', samples: 180 },
      { stage: 'search', outcome: 'stored', reason: '', samples: 180 },
      { stage: 'latest', outcome: 'merged', reason: '', samples: 180 },
      { stage: 'analytics', outcome: 'withheld', reason: 'consent_absent', samples: 180 },
    ],
  },
  accepted: 180,
}
const wrong = (change: Partial<FleetResult>, documents = 90) =>
  checkFleet({ ...result, ...change }, documents)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what)

test('all holds of a platform that did everything right', () => {
  expect(wrong({})).toEqual([])
  const { held, released } = plan
  expect(fleetReport(result)).toEqual({ bikes: 36, components: plan.components, held, released })
})

test.each<[string, Partial<FleetResult>, RegExp]>([
  ['a bike too few', { masterData: { ...result.masterData, bikes: 35 } }, /bikes that plants told of/],
  ['a bike that is not published', { entities: entities.slice(1) }, /exactly their parts/],
  [
    'a bike that is published with another part',
    { entities: [create(BikeEntitySchema, { bikeId: entities[0]?.bikeId ?? '' }), ...entities.slice(1)] },
    /exactly their parts/,
  ],
  ['a row that got lost', { unreadableRows: 0 }, /half-written/],
  ['a statement that nobody held', { held: { before: plan.held - 1, after: 0 } }, /held before/],
  ['a statement that stays held', { held: { before: plan.held, after: 1 } }, /held after/],
  ['a dependent that was not released', { released: plan.released - 1 }, /released/],
  ['telemetry that did not wait', { rode: { ...result.rode, waited: 0 } }, /samples that waited/],
  ['a finding that stays open', { openWitnessFindings: 1 }, /still open/],
])('%s is noticed', (_, change, what) => {
  expect(wrong(change).join()).toMatch(what)
})

test('a sample that is missing in the search store is noticed', () => {
  expect(wrong({}, 89)).toEqual(['buyer of the held bike: documents (Elasticsearch)'])
})
