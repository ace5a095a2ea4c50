import { expect, test } from 'vitest'
import { stages as outcomeStages } from '../../core/telemetry/contracts/outcomes.ts'
import { basis } from './fixtures.ts'

const { measured } = basis

test('a stage costs what two lengths of tracks tell', () => {
  expect(measured.stageCosts.search.cpu.perSample).toBeCloseTo(2e-6, 12)
  expect(measured.stageCosts.search.cpu.perTrack).toBeCloseTo(60e-6, 12)
})

test('the books have a record and a count for each stage that tells of a track', () => {
  expect(outcomeStages).toHaveLength(4)
  const { perSample, perTrack } = measured.bytesIn['telemetry.outcomes']
  expect(perTrack + 300 * perSample).toBeCloseTo(4 * 150, 6)
  expect(measured.bytesInTables.ledgerPerTrack).toBe(200 + 4 * 200)
})
