import { expect, test } from 'vitest'
import type { PartReport, StoredReport } from './port.ts'
import { keepReports, locksFor, mostSlots, newestReports } from './reports.ts'

const report = (change: Partial<PartReport> = {}): PartReport => ({
  ...{ bikeId: 'a', slot: 'battery', serialNumber: 'BA1', toldAtMs: 5, trackId: 't5' },
  ...change,
})

test.each<[string, PartReport[], string]>([
  ['the later time', [report({ trackId: 'x' }), report({ toldAtMs: 6, trackId: 'a' })], 'a'],
  ['of one time the greater track id', [report({ trackId: 'b' }), report({ trackId: 'c' })], 'c'],
])('the newest report is that with %s, in whatever order they come', (_, reports, trackId) => {
  expect(newestReports(reports)).toMatchObject([{ trackId }])
  expect(newestReports(reports.toReversed())).toMatchObject([{ trackId }])
})

test('the newest reports come in the order of bikes and slots', () => {
  const reports = [report({ bikeId: 'b' }), report({ slot: 'motor' }), report()]
  expect(newestReports(reports).map(({ bikeId, slot }) => `${bikeId} ${slot}`)).toEqual([
    'a battery',
    'a motor',
    'b battery',
  ])
})

test.each<[string, PartReport[], number]>([
  ['of a slot that was never told of', [], 1],
  ['newer than the stored one', [report({ toldAtMs: 4 })], 1],
  ['of the same time and a greater track id', [report({ trackId: 't4' })], 1],
  ['that is the stored one', [report()], 0],
  ['of the same time and a smaller track id', [report({ trackId: 't6' })], 0],
  ['older than the stored one', [report({ toldAtMs: 6 })], 0],
  ['of another bike’s slot', [report({ bikeId: 'b', toldAtMs: 6 })], 1],
])('of a report %s', (_, stored, kept) => {
  expect(keepReports([report()], stored)).toEqual({ keep: kept === 1 ? [report()] : [], forget: [] })
})

const slots = (count: number) =>
  Array.from({ length: count }, (_, index) => report({ slot: `slot ${index}`, toldAtMs: index }))

test('of too many slots the oldest are forgotten, be they stored or new', () => {
  const stored = slots(mostSlots)
  expect(keepReports([report({ toldAtMs: 99 })], stored).forget).toEqual([stored[0]])
  const old = report({ toldAtMs: -1 })
  expect(keepReports([old], stored)).toEqual({ keep: [], forget: [old] })
  expect(keepReports([report({ bikeId: 'b' })], slots(mostSlots + 1))).toMatchObject({ forget: [] })
})

test('reports are taken in under the locks of all that statements about the same could name', () => {
  const stored: StoredReport = { ...report({ serialNumber: 'OLD' }), slotType: 'accu', hasModel: true }
  const reports = [report({ serialNumber: 'NEW' }), report({ slot: 'motor_2', serialNumber: 'MO1' })]
  const locks = locksFor(reports, { frameNumbers: ['F-1'], reports: [stored] })
  expect(locks.map(({ subject }) => subject)).toEqual([
    'bike:a',
    'frame:F-1',
    'accu:OLD',
    'accu:NEW',
    'motor:MO1',
  ])
  expect(locks.every(({ isExclusive }) => isExclusive)).toBe(true)
})
