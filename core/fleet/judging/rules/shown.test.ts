// Each finding shows both sides of what it is about.
import { expect, test } from 'vitest'
import {
  CheckDigit,
  type ManufacturingEvent,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  bike,
  bikeIds,
  day,
  fleet,
  frames,
  madeMs,
  nowMs,
  recycledShelf,
  stay,
  withMotor,
  withStays,
} from '../../testing/rule-case.ts'
import {
  at,
  built,
  changed,
  delivered,
  fitted,
  made,
  named,
  part,
  recycled,
  removed,
  sold,
  statement,
} from '../../testing/statements.ts'
import { createWorkingFacts, type FleetSnapshot } from '../working-facts.ts'
import { rules } from './index.ts'

type Case = [
  what: string,
  said: ManufacturingEvent,
  detail: string,
  evidence: Readonly<Record<string, string>>,
  known?: FleetSnapshot,
]

const on = (days: number) => new Date(madeMs + days * day).toISOString()
/** A battery's place as evidence. */
const place = (knownBike: string, from: number, until = 'open') => ({
  ...{ 'known bike': knownBike, 'known slot': 'battery', 'known from': on(from), 'known until': until },
})
const both = (field: string, said: string, known: string) => ({
  [`said ${field}`]: said,
  [`known ${field}`]: known,
})
const slots = 'battery, battery_2, motor'
const again = (facts: object) => built({ bikeId: bikeIds.anna, frameNumber: 'F-ANNA', parts: [], ...facts })
const row = { file: 'f.csv', line: 2, text: 'a;b', faults: ['no type', 'no number'] }
const merged = { ...fleet, aliases: [{ name: named('BA1X'), componentId: 'id of BA1' }] }
const luhn = { ...withMotor, types: frames(CheckDigit.LUHN, '\\d+').types }
const ended = { ...withMotor, models: fleet.models.map((each) => ({ ...each, producedUntilMs: madeMs })) }
const later = madeMs + 5 * day
const untilLater = { ...fleet, installations: [stay('BA1', 'anna', { untilMs: later })] }
const wasDelivered = { ...fleet, bikes: [bike('anna', { deliveredAtMs: madeMs + day })] }
const twice = withStays(stay('BA2', 'ben', { untilMs: later }), stay('BA2', 'ben', { fromMs: later + day }))
const aheadText = new Date(nowMs + day).toISOString()
const owned = { ...fleet, bikes: [bike('anna', { isOwned: true, ownedSinceMs: madeMs })] }
const nameless = { ...fleet, bikes: [bike('anna', { frameNumber: undefined }), bike('ben')] }
const gone = { ...withMotor, bikes: [bike('new', { frameNumber: undefined, deliveredAtMs: madeMs + day })] }
const inSlot = (slot: string) =>
  statement({ case: 'componentInstalled', value: { frameNumber: 'F-BEN', part: part('BA2', slot) } })

test.each<Case>([
  [
    'a row that cannot be read',
    statement({ case: 'unreadableRow', value: row }),
    'line 2 of f.csv: no type; no number',
    { text: 'a;b' },
  ],
  [
    'the form of a number',
    made('X1'),
    'X1 does not look like a number of type battery',
    { said: 'X1', pattern: 'BA\\d+' },
  ],
  [
    'the check digit of a number',
    built({ frameNumber: '79927398710' }),
    'the check digit of 79927398710 is not valid: a character is wrong or exchanged',
    { said: '79927398710', pattern: '\\d+' },
    luhn,
  ],
  [
    'other facts',
    made('BA1', { batch: 'B8', plant: 'pirna' }),
    'battery:BA1: batch is B7, said: B8; plant is zwickau, said: pirna',
    { ...both('batch', 'B8', 'B7'), ...both('plant', 'pirna', 'zwickau') },
  ],
  [
    'other facts under a merged number',
    made('BA1X', { batch: 'B8' }),
    'battery:BA1X: serialNumber is BA1, said: BA1X; batch is B7, said: B8',
    { ...both('serialNumber', 'BA1X', 'BA1'), ...both('batch', 'B8', 'B7') },
    merged,
  ],
  [
    'another bike id',
    built({ frameNumber: 'F-ANNA' }),
    `frame:F-ANNA: bikeId is ${bikeIds.anna}, said: ${bikeIds.new}`,
    both('bikeId', bikeIds.new, bikeIds.anna),
    withMotor,
  ],
  [
    'another frame number',
    built({ bikeId: bikeIds.anna, parts: [] }),
    `bike:${bikeIds.anna}: frameNumber is F-ANNA, said: F-NEW`,
    both('frameNumber', 'F-NEW', 'F-ANNA'),
  ],
  [
    'another plant',
    changed(again({ plant: 'pirna' }), { source: 'oem:acme' }),
    'frame:F-ANNA: plant is dresden, said: pirna; source is plant:dresden, said: oem:acme',
    { ...both('plant', 'pirna', 'dresden'), ...both('source', 'oem:acme', 'plant:dresden') },
  ],
  [
    'a sale of a bike that is owned',
    sold('ben', madeMs + day),
    'somebody owns the bike with frame number F-ANNA, so nobody else may buy it',
    {},
    owned,
  ],
  [
    'another delivery',
    delivered(madeMs + 4 * day),
    `frame:F-ANNA: deliveredAt is ${on(1)}, said: ${on(4)}`,
    both('deliveredAt', on(4), on(1)),
    wasDelivered,
  ],
  [
    'another end',
    recycled('BA2', madeMs + 9 * day),
    `battery:BA2: occurredAt is ${on(5)}, said: ${on(9)}`,
    both('occurredAt', on(9), on(5)),
    recycledShelf,
  ],
  [
    'a component that is elsewhere',
    fitted('BA1'),
    `battery:BA1 is in bike F-ANNA, slot battery, from ${on(0)}, said: fitted from ${on(9)} on`,
    place('F-ANNA', 0),
  ],
  [
    '… until some day',
    fitted('BA1', 'F-BEN', madeMs + day),
    `battery:BA1 is in bike F-ANNA, slot battery, from ${on(0)} until ${on(5)}, said: fitted from ${on(1)} on`,
    place('F-ANNA', 0, on(5)),
    untilLater,
  ],
  [
    '… in a bike without a frame number',
    fitted('BA1'),
    `battery:BA1 is in bike ${bikeIds.anna}, slot battery, from ${on(0)}, said: fitted from ${on(9)} on`,
    place(bikeIds.anna, 0),
    nameless,
  ],
  [
    'a slot that is taken',
    fitted('BA2', 'F-ANNA'),
    `slot battery has BA1 from ${on(0)} until open, said: BA2 from ${on(9)} on`,
    { ...place('F-ANNA', 0), 'known serial number': 'BA1' },
  ],
  [
    'a component that was never there',
    removed('BA2'),
    `battery:BA2 is in no bike at all, said: removed from F-ANNA at ${on(9)}`,
    {},
  ],
  [
    'a component that was in another bike, twice',
    removed('BA2'),
    `battery:BA2 is in bike F-BEN, slot battery, from ${on(0)} until ${on(5)}, in bike F-BEN, slot battery, from ${on(6)}, said: removed from F-ANNA at ${on(9)}`,
    place('F-BEN', 0, on(5)),
    twice,
  ],
  [
    'another time of removal',
    removed('BA1', 'F-ANNA', madeMs + 2 * day),
    `battery:BA1 was removed at ${on(5)}, said: at ${on(2)}`,
    place('F-ANNA', 0, on(5)),
    untilLater,
  ],
  [
    'a component that is recycled in a bike',
    recycled('BA1'),
    `battery:BA1 is in bike F-ANNA, slot battery, from ${on(0)}, said: taken apart at ${on(9)}`,
    place('F-ANNA', 0),
  ],
  [
    'a component that is gone',
    fitted('BA2'),
    `battery:BA2 was recycled at ${on(5)}`,
    { recycledAt: on(5) },
    recycledShelf,
  ],
  [
    'a time in the future',
    delivered(nowMs + day),
    `deliveredAt ${aheadText} lies ahead of ${new Date(nowMs).toISOString()}`,
    { 'said deliveredAt': aheadText },
  ],
  [
    'a time before all bikes',
    made('BA9', { producedAt: at(0) }),
    'producedAt 1970-01-01T00:00:00.000Z lies before all e-bikes with modules',
    { 'said producedAt': '1970-01-01T00:00:00.000Z' },
  ],
  [
    'a delivery before production',
    delivered(madeMs - 3 * day),
    `frame:F-ANNA was produced at ${on(0)}, and this at ${on(-3)}, before it`,
    { 'known producedAt': on(0), 'said time': on(-3) },
  ],
  [
    'production after delivery',
    built({ producedAt: at(madeMs + 20 * day) }),
    `frame:F-NEW was delivered at ${on(1)}, said: produced at ${on(20)}, after it`,
    { 'known time': on(1), 'said producedAt': on(20) },
    gone,
  ],
  [
    'a slot that the model has not',
    inSlot('lamp'),
    'model city has no slot lamp',
    { 'said type': 'battery', 'known slots': slots },
  ],
  [
    'a slot of another type',
    inSlot('motor'),
    'slot motor of model city takes a motor, said: a battery',
    { 'said type': 'battery', 'known slots': slots },
    { ...fleet, installations: [] },
  ],
  [
    'a part that is missing',
    built({ parts: [part('MO3')] }),
    'model city has a battery in slot battery, said: none',
    {},
    withMotor,
  ],
  [
    'a model that was not produced any more',
    built(),
    `model city was produced from 2026-01-01T00:00:00.000Z until ${on(0)}, said: ${on(0)}`,
    {},
    ended,
  ],
])('%s', (_, said, detail, evidence, known = fleet) => {
  const found = rules.flatMap((rule) => rule.find(said, createWorkingFacts(known), nowMs))
  expect(found.map((each) => [each.detail, each.evidence])).toEqual([[detail, evidence]])
})
