import { expect, test } from 'vitest'
import { differenceOf, type PartRecords, type PartReport, type Stay } from './compare.ts'

const report: PartReport = {
  bikeId: 'bike 1',
  slot: 'battery',
  type: 'battery',
  serialNumber: 'B',
  toldAtMs: 500,
  trackId: 'track',
}
const stay = (change: Partial<Stay> = {}): Stay => ({
  bikeId: 'bike 1',
  slot: 'battery',
  componentId: 'b',
  serialNumber: 'B',
  fromMs: 100,
  untilMs: Number.POSITIVE_INFINITY,
  ...change,
})
const records = (change: Partial<PartRecords> = {}): PartRecords => ({
  hasModel: true,
  componentId: 'b',
  inSlot: [],
  ofComponent: [],
  ...change,
})
const other = stay({ componentId: 'a', serialNumber: 'A' })

test.each<[string, PartRecords, string | undefined]>([
  ['the part that the records have there is none', records({ inSlot: [stay()] }), undefined],
  [
    'a part that was removed at that moment is one',
    records({ inSlot: [stay({ untilMs: 500 })] }),
    'undocumented_swap',
  ],
  ['a part that was removed later is none', records({ inSlot: [stay({ untilMs: 501 })] }), undefined],
  [
    'a part that the records bring in later is none',
    records({ inSlot: [stay({ ...other, untilMs: 900 }), stay({ fromMs: 900 })] }),
    undefined,
  ],
  ['a known part where another one should be is a swap', records({ inSlot: [other] }), 'undocumented_swap'],
  ['a known part where none should be is a swap', records(), 'undocumented_swap'],
  [
    'a part from another slot of the bike is a swap',
    records({ ofComponent: [stay({ slot: 'battery_2' })] }),
    'undocumented_swap',
  ],
  [
    'a part that no record knows is unregistered',
    records({ componentId: undefined, inSlot: [other] }),
    'part_unregistered',
  ],
  [
    'a part that is in another bike is that bike’s',
    records({ inSlot: [other], ofComponent: [stay({ bikeId: 'bike 2' })] }),
    'part_of_another_bike',
  ],
  [
    'a part that was in another bike before is a swap',
    records({ ofComponent: [stay({ bikeId: 'bike 2', untilMs: 400 })] }),
    'undocumented_swap',
  ],
  [
    'a bike registered by hand may carry what nobody knows',
    records({ hasModel: false, componentId: undefined }),
    undefined,
  ],
  ['a bike registered by hand may carry a free part', records({ hasModel: false }), undefined],
  [
    'a bike registered by hand may not carry another bike’s part',
    records({ hasModel: false, ofComponent: [stay({ bikeId: 'bike 2' })] }),
    'part_of_another_bike',
  ],
])('%s', (_, known, reason) => {
  expect(differenceOf(report, known)?.reason).toBe(reason)
})

test('a difference shows both sides', () => {
  const found = differenceOf(report, records({ inSlot: [other], ofComponent: [stay({ bikeId: 'bike 2' })] }))
  expect(found).toMatchObject({ subject: 'battery', componentId: 'b' })
  expect(found?.evidence).toMatchObject({
    reported: 'B',
    recorded: 'A',
    otherBike: 'bike 2',
    trackId: 'track',
  })
})
