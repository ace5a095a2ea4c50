import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readRecordedRides } from './recorded-rides.ts'

const dir = mkdtempSync(join(tmpdir(), 'recorded-rides-'))
afterAll(() => rmSync(dir, { recursive: true }))

const second = (s: number) => `2023-07-06T09:00:${String(s).padStart(2, '0')}`
const ride = [
  'timestamp,altitude,distance,speed',
  `${second(0)},10,0,9`,
  `${second(1)},10,30,9`,
  `${second(2)},14,60,1.5`,
  // A blank height, a distance that goes back, a repeated second.
  `${second(3)},,50,9`,
  `${second(3)},99,999,9`,
  `${second(4)},14,90,9`,
  // A gap, then riding on.
  `${second(10)},14,120,9`,
  `${second(11)},14,150,9`,
].join('\n')

test('a recorded ride is counted as the data sheet of estimates says', async () => {
  writeFileSync(join(dir, 'late.csv'), ride.replaceAll('2023', '2024'))
  writeFileSync(join(dir, 'early.csv'), ride)
  const trips = [
    'file,assist_level,rider_weight_kg,temperature_c',
    'late.csv,4,60-65,16',
    'early.csv,2,90-100,9',
  ]
  writeFileSync(join(dir, 'trips.csv'), trips.join('\n'))
  const [early, late] = await readRecordedRides(dir)
  expect(late?.rider).toBe('60-65')
  expect(early).toEqual({
    rider: '90-100',
    ride: {
      rideId: 'early.csv',
      startMs: Date.UTC(2023, 6, 6, 9),
      distanceM: 150,
      // Seconds 1, 3, 4 and 11: the first has none before it, the second is slow, the tenth follows a gap.
      movingS: 4,
      elapsedS: 11,
      // Below 3 km/h, and the gap.
      stops: 2,
      ascentM: expect.closeTo(2.667, 3),
      descentM: 0,
      levelShares: [0, 0, 1, 0, 0, 0],
      energyCoverage: 0,
      temperatureC: 9,
    },
  })
})
