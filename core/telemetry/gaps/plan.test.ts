import { expect, test } from 'vitest'
import { byRecorder, planSequences, recordersToLock } from './plan.ts'
import type { SeenTracks } from './port.ts'
import { beginAt, type Sequences } from './sequences.ts'

const seen = (recorderId: string, ...sequences: number[]): SeenTracks => ({
  ...{ recorderId, sequences },
  bikeId: `bike of ${recorderId}`,
})
const upTo3: Sequences = { first: 1, next: 4, gaps: [] }

test('the numbers of a recorder come together, in the order of the batch', () => {
  expect(byRecorder([seen('r1', 7), seen('r2', 3), seen('r1', 5)])).toEqual([seen('r1', 7, 5), seen('r2', 3)])
})

test('recorders are locked by rising id, and a new one begins at its lowest number', () => {
  expect(recordersToLock([seen('r2', 3), seen('r1', 7, 5)])).toEqual([
    { recorderId: 'r1', bikeId: 'bike of r1', beginning: beginAt(5) },
    { recorderId: 'r2', bikeId: 'bike of r2', beginning: beginAt(3) },
  ])
})

test('only recorders change of which something new was seen, and of those it is told whether gaps do', () => {
  const known = new Map([
    ['r1', upTo3],
    ['r2', upTo3],
    ['r3', upTo3],
  ])
  expect(planSequences(known, [seen('r1', 5), seen('r2', 4), seen('r3', 2)], 9)).toEqual([
    {
      recorderId: 'r1',
      sequences: {
        ...{ first: 1, next: 6 },
        gaps: [{ first: 4, end: 5, noticedAtMs: 9, stateAskedAtMs: undefined }],
      },
      gapsChanged: true,
    },
    { recorderId: 'r2', sequences: { first: 1, next: 5, gaps: [] }, gapsChanged: false },
  ])
})

test('a recorder that was not locked is an error of the store', () => {
  expect(() => planSequences(new Map(), [seen('r1', 1)], 9)).toThrow('r1 is not locked')
})
