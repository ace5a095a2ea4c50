import { create, type JsonValue } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { bikeIds } from '../testing/rule-case.ts'
import { fitted } from '../testing/statements.ts'
import { correct } from './decision.ts'

const swap = { frameNumber: 'F-ANNA', slot: 'battery', removed: { type: 'battery', serialNumber: 'BA1' } }
const sale = { frameNumber: 'F-ANNA', soldAt: '2026-03-02T10:00:00Z' }
const unreadable: ManufacturingEvent = create(ManufacturingEventSchema, {
  ...{ version: 1, eventId: bikeIds.anna, source: 'plant:dresden' },
  event: { case: 'unreadableRow', value: { file: 'a.csv', line: 7, text: '?', faults: ['no date'] } },
})

test.each<[string, JsonValue]>([
  ['a swap', { componentInstalled: null, componentSwapped: swap }],
  ['a sale', { componentInstalled: null, bikeSold: sale }],
  [
    'an unreadable row, which could become anything',
    { componentInstalled: null, unreadableRow: { text: '' } },
  ],
  ['nothing', { componentInstalled: null }],
])('staff cannot make of an installation %s', (_, correction) => {
  expect(correct(fitted('BA2', 'F-ANNA'), correction)).toEqual({
    fault: 'a correction cannot make another kind of statement of a componentInstalled',
  })
})

test('a correction keeps the kind, or says what a row meant that nobody could read', () => {
  const renamed = { componentInstalled: { frameNumber: 'F-BERT' } }
  expect(correct(fitted('BA2', 'F-ANNA'), renamed)).toMatchObject({
    event: { event: { case: 'componentInstalled' } },
  })
  const meant = correct(unreadable, { unreadableRow: null, bikeSold: sale })
  expect(meant).toMatchObject({ event: { eventId: unreadable.eventId, event: { case: 'bikeSold' } } })
})

test.each<[string, JsonValue, RegExp]>([
  ['the text of a row', { unreadableRow: { text: 'Akku;BA1' } }, /read the file again/],
  ['nothing of a row', {}, /read the file again/],
])('whoever corrects %s is told that no mapping reads it again', (_, correction, fault) => {
  expect(correct(unreadable, correction)).toEqual({ fault: expect.stringMatching(fault) })
})

test('a field that no statement has is a slip of the pen, which is named', () => {
  const slips = [{ componentInstalled: { frameNo: 'F-BERT' } }, { bikeInstalled: {} }]
  for (const slip of slips) {
    const [name] = Object.keys('bikeInstalled' in slip ? slip : slip.componentInstalled)
    expect(correct(fitted('BA2', 'F-ANNA'), slip)).toEqual({ fault: expect.stringContaining(`"${name}"`) })
  }
})
