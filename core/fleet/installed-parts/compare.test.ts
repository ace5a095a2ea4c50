import { expect, test } from 'vitest'
import { differenceOf, type PartRecords, reconcileParts, type TypedReport, typeIn } from './compare.ts'
import type { NamedComponent, PartsOnRecord, Stay } from './port.ts'

const report: TypedReport = {
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

test.each([
  ['the model’s type', { slot: 'battery', slotType: 'accu' }, 'accu'],
  ['the slot’s name where the model does not say', { slot: 'battery', slotType: null }, 'battery'],
  ['… without its number', { slot: 'battery_2', slotType: null }, 'battery'],
])('a slot takes %s', (_, slot, type) => {
  expect(typeIn(slot)).toBe(type)
})

const stored = { ...report, slotType: null, hasModel: true }
const named = (serialNumber: string, componentId: string, change: Partial<NamedComponent> = {}) => ({
  ...{ type: 'battery', serialNumber, componentId, isAlias: false },
  ...change,
})
const found = (change: Partial<PartsOnRecord> = {}): PartsOnRecord => ({
  openFindings: [],
  reports: [stored],
  components: [named('B', 'b')],
  stays: [other],
  ...change,
})
const explainedBy = new Map([['bike 1', 'statement 7']])
const [swap] = reconcileParts(found(), explainedBy).open

test('a difference opens a finding, and reported again it is the same one', () => {
  expect(swap).toMatchObject({ reason: 'undocumented_swap', bikeId: 'bike 1', componentId: 'b' })
  const standing = { ...(swap as NonNullable<typeof swap>), findingId: 'f' }
  const later = { ...stored, toldAtMs: 501, trackId: 'later track' }
  const again = reconcileParts(found({ openFindings: [standing], reports: [later] }), explainedBy)
  expect(again).toEqual({ close: [], open: [] })
})

test('a finding that is no difference any more is closed by what explains it', () => {
  const standing = { ...(swap as NonNullable<typeof swap>), findingId: 'f' }
  const explained = reconcileParts(found({ openFindings: [standing], stays: [stay()] }), explainedBy)
  expect(explained).toEqual({ close: [{ findingId: 'f', closedBy: 'statement 7' }], open: [] })
})

test('another number in the slot closes one finding and opens another', () => {
  const standing = { ...(swap as NonNullable<typeof swap>), findingId: 'f' }
  const reports = [{ ...stored, serialNumber: 'C' }]
  const { close, open } = reconcileParts(found({ openFindings: [standing], reports }), explainedBy)
  expect(close).toEqual([{ findingId: 'f', closedBy: 'statement 7' }])
  expect(open).toMatchObject([{ reason: 'part_unregistered', evidence: { reported: 'C' } }])
})

test('findings for other reasons are left alone', () => {
  const other = { findingId: 'f', bikeId: 'bike 1', subject: 'motor', reason: 'part_missing', evidence: {} }
  expect(reconcileParts(found({ openFindings: [other], stays: [stay()] }), explainedBy).close).toEqual([])
})

test.each<[string, NamedComponent[], string | undefined]>([
  ['its own number', [named('B', 'b')], 'b'],
  ['an alias', [named('B', 'a', { isAlias: true })], 'a'],
  [
    'its own number rather than the alias of another',
    [named('B', 'b'), named('B', 'a', { isAlias: true })],
    'b',
  ],
  ['no number of another type', [named('B', 'm', { type: 'motor' })], undefined],
])('a component is known by %s', (_, components, componentId) => {
  const { open } = reconcileParts(found({ components, stays: [] }), explainedBy)
  expect(open).toMatchObject([{ componentId }])
})
