import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { bike, bikeIds, day, fleet, madeMs, withMotor } from '../../testing/rule-case.ts'
import {
  at,
  built,
  changed,
  delivered,
  fitted,
  form,
  made,
  model,
  part,
  recycled,
  removed,
  renewed,
  sold,
  statement,
  swapped,
} from '../../testing/statements.ts'
import { createWorkingFacts, type FleetSnapshot } from '../working-facts.ts'
import { changesOf } from './of-statement.ts'

const [open, then] = [Number.POSITIVE_INFINITY, madeMs + 9 * day]

function derived(said: ManufacturingEvent, known: FleetSnapshot = fleet) {
  const found = changesOf(said, createWorkingFacts(known))
  return 'changes' in found
    ? found.changes
    : found.impossible.map(({ reason, subject }) => `${reason} ${subject}`)
}

const bell = { type: 'bell', serialNumber: 'B1' }
const nothing = statement({ case: 'componentRecycled', value: {} })

test.each<[string, ManufacturingEvent, string[], FleetSnapshot?]>([
  ['nothing at all', changed(made('BA9'), { event: { case: undefined } }), ['unreadable ']],
  ['a component without a name', made('BA9', { component: undefined }), ['component_unknown ']],
  ['a component of an unknown type', made('BA9', { component: bell }), ['component_type_unknown type:bell']],
  [
    'a bike of unknown parts',
    built({ parts: [part('BA8'), part('BA2')] }),
    ['component_unknown battery:BA8'],
  ],
  ['a bike of an unknown model', built({ modelId: 'race', parts: [] }), ['model_unknown model:race']],
  [
    'an unknown part for an unknown bike',
    fitted('BA8', 'F-NEW'),
    ['component_unknown battery:BA8', 'bike_unknown frame:F-NEW'],
  ],
  ['a removal from an unknown bike', removed('BA1', 'F-NEW'), ['bike_unknown frame:F-NEW']],
  ['a swap of an unknown part', swapped('BA1', 'BA8'), ['component_unknown battery:BA8']],
  ['a swap for itself', swapped('BA1', 'BA1'), ['field_invalid componentSwapped.installed']],
  ['the end of something unknown', recycled('BA8'), ['component_unknown battery:BA8']],
  ['the end of nothing', nothing, ['component_unknown ']],
  ['something unknown made new', renewed('BA8'), ['component_unknown battery:BA8']],
  ['a delivery of an unknown bike', delivered(then, 'F-NEW'), ['bike_unknown frame:F-NEW']],
  ['a sale of an unknown bike', sold('anna', then), ['bike_unknown frame:F-ANNA'], { ...fleet, bikes: [] }],
])('%s changes nothing', (_, said, impossible, known) => expect(derived(said, known)).toEqual(impossible))

test.each<[string, object, object, object | undefined]>([
  ['says nothing new', {}, {}, undefined],
  ['knows less', { plant: '', oem: '' }, {}, undefined],
  ['knows more', {}, { plant: undefined, oem: undefined }, { plant: 'dresden', oem: 'acme' }],
  ['contradicts', { plant: 'pirna', oem: 'other' }, {}, { plant: 'pirna', oem: 'other' }],
  ['tells about the same time', { producedAt: at(madeMs + 1) }, {}, undefined],
  ['tells another time', { producedAt: at(madeMs + day) }, {}, { producedAtMs: madeMs + day }],
  [
    'tells the time of one that was registered by hand',
    { producedAt: at(madeMs + 1) },
    { frameNumber: undefined, source: undefined },
    { frameNumber: 'F-ANNA', producedAtMs: madeMs + 1, source: 'plant:dresden' },
  ],
])('a known bike whose plant %s', (_, facts, before, after) => {
  const said = built({ bikeId: bikeIds.anna, frameNumber: 'F-ANNA', parts: [], ...facts })
  const snapshot = { ...fleet, bikes: [bike('anna', { source: 'oem:acme', ...before })] }
  const expected = after && {
    kind: 'change_bike',
    bike: bike('anna', { source: 'oem:acme', ...before, ...after }),
  }
  expect(derived(said, snapshot)).toEqual(expected === undefined ? [] : [expected])
})

test('a new bike comes with its parts', () => {
  const [first, second] = derived(built({ parts: [part('BA2')] }), withMotor)
  expect(first).toEqual({ kind: 'add_bike', bike: bike('new') })
  expect(second).toMatchObject({ kind: 'install', installation: { bikeId: bikeIds.new, fromMs: madeMs } })
})

const annas = (facts: object) => ({ ...fleet, bikes: [bike('anna', facts)] })

test('a delivery is noted, once', () => {
  expect(derived(delivered(then))).toEqual([
    { kind: 'change_bike', bike: bike('anna', { deliveredAtMs: then }) },
  ])
  expect(derived(delivered(then), annas({ deliveredAtMs: then }))).toEqual([])
})

const codeSha256 = 'c5'.repeat(32)
const hash = Uint8Array.from(Buffer.from(codeSha256, 'hex'))

test('a sale issues its code for 180 days, and says nothing of who owns the bike', () => {
  expect(derived(sold('carl', then, hash))).toEqual([
    {
      ...{ kind: 'issue_code', bikeId: bikeIds.anna, codeSha256, soldAtMs: then },
      validForMs: 180 * day,
    },
  ])
})

test('a sale without a code changes nothing', () => {
  expect(derived(sold('carl', then))).toEqual([])
})

test('a bike that somebody owns cannot be sold, whatever rules were asked', () => {
  const found = derived(sold('carl', then, hash), annas({ isOwned: true, ownedSinceMs: then }))
  expect(found).toEqual(['bike_owned frame:F-ANNA'])
})

test('types and models are defined', () => {
  expect(derived(form({ lastFaultCode: 9 }))).toMatchObject([
    { kind: 'define_type', type: { type: 'lamp', faultCodes: [0, 9] } },
  ])
  expect(derived(model([]))).toMatchObject([
    { kind: 'define_model', model: { modelId: 'cargo', producedUntilMs: open } },
  ])
})
