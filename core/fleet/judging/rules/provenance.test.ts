import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { type Grant, type PartnerRole, partnerRoles, type Speaker } from '../../partners/port.ts'
import { bike, bikeIds, component, fleet, madeMs, nowMs } from '../../testing/rule-case.ts'
import {
  built,
  changed,
  delivered,
  fitted,
  form,
  made,
  recycled,
  sold,
  statement,
} from '../../testing/statements.ts'
import { createWorkingFacts, type FleetSnapshot } from '../working-facts.ts'
import { provenance, relations } from './provenance.ts'

const grant = (said: ManufacturingEvent, facts: Partial<Grant> = {}): Grant => ({
  ...{ door: 'key', kind: said.event.case as Grant['kind'], brand: '*', plant: '*' },
  ...facts,
})

const sealed = { provenance: 'sealed', partnerId: 'plant:x', keyId: 'k', door: 'key' } as const

function found(
  said: ManufacturingEvent,
  grants: readonly Grant[],
  role: PartnerRole = 'plant',
  speaker: Speaker = sealed,
  known: FleetSnapshot = fleet,
) {
  const partnerId = speaker.provenance === 'sealed' ? speaker.partnerId : 'plant:x'
  const partner = { partnerId, role, grants, keys: [] }
  const facts = createWorkingFacts(known, [], { speaker: () => speaker, partner: () => partner })
  return provenance.find(said, facts, nowMs).map(({ reason, detail }) => [reason, detail])
}

const outside = (detail: string) => [['outside_grant', `plant:x: ${detail}`]]

test.each<[string, ManufacturingEvent, Partial<Grant>, PartnerRole, string]>([
  [
    'a component of another plant',
    made('BA9'),
    { plant: 'leipzig' },
    'plant',
    'it may not say componentProduced of plant zwickau',
  ],
  [
    'a bike of another brand',
    built(),
    { brand: 'evil' },
    'oem',
    'it may not say bikeProduced of brand acme, plant dresden',
  ],
  [
    'the end of a battery of another plant',
    recycled('BA1'),
    { plant: 'x' },
    'plant',
    'it may not say componentRecycled of plant zwickau',
  ],
  [
    'a sale of another brand',
    sold('eva', madeMs),
    { brand: 'evil' },
    'dealer',
    'it may not say bikeSold of brand acme',
  ],
  [
    'a bike that nobody knows',
    delivered(madeMs, 'F-NONE'),
    { brand: 'acme' },
    'dealer',
    'it may not say bikeDelivered of brand unknown',
  ],
  [
    'by another door',
    fitted('BA2'),
    { door: 'api' },
    'workshop',
    'it may not say componentInstalled by its key',
  ],
  ['what its role never says', sold('eva', madeMs), {}, 'workshop', 'no workshop says bikeSold'],
])('%s is outside', (_, said, facts, role, detail) => {
  expect(found(said, [grant(said, facts)], role)).toEqual(outside(detail))
})

test('within brand and plant it is found right, and a kind without a grant is not', () => {
  expect(found(built(), [grant(built(), { brand: 'acme', plant: 'dresden' })])).toEqual([])
  expect(found(recycled('BA1'), [grant(recycled('BA1'), { brand: 'any', plant: 'zwickau' })])).toEqual([])
  expect(found(made('BA9'), [])).toEqual(outside('it may not say componentProduced by its key'))
})

/** Anna's bike and BA1 tell neither brand nor plant. */
const bare = (source: string | undefined): FleetSnapshot => ({
  ...fleet,
  bikes: [bike('anna', { oem: '', plant: '', source })],
  components: [component('BA1', { plant: '', source })],
})
const annas = (facts: object) => built({ bikeId: bikeIds.anna, frameNumber: 'F-ANNA', ...facts })
const theFirst = 'plant:first produced it first, without a brand or plant'

test.each([
  ['the brand of a bike', annas({ oem: 'evil', plant: '' })],
  ['the plant of a bike', annas({ oem: '', plant: 'evil' })],
  ['the plant of a component', made('BA1', { plant: 'evil' })],
])('%s is added by who produced it first, or defined its model or type; by nobody else', (_, said) => {
  const by = (partnerId: string, source?: string) => {
    const speaker = { ...sealed, partnerId }
    return found(said, [grant(said)], 'plant', speaker, bare(source))
  }
  expect(by('plant:x', 'plant:first')).toEqual(outside(theFirst))
  expect(by('plant:x', 'plant:x')).toEqual([])
  expect(by('plant:dresden', 'plant:first')).toEqual([])
  // Registered by hand: nobody produced it yet.
  expect(by('plant:x')).toEqual([])
})

test.each([
  [annas({ oem: '' }), { brand: 'evil' }, 'bikeProduced of brand acme, plant dresden'],
  [annas({ plant: '' }), { plant: 'evil' }, 'bikeProduced of brand acme, plant dresden'],
  [made('BA1', { plant: '' }), { plant: 'evil' }, 'componentProduced of plant zwickau'],
])('as known where the statement does not say it: case %#', (said, facts, detail) => {
  expect(found(said, [grant(said, facts)])).toEqual(outside(`it may not say ${detail}`))
  const own = said.event.case === 'bikeProduced' ? { brand: 'acme', plant: 'dresden' } : { plant: 'zwickau' }
  expect(found(said, [grant(said, own)])).toEqual([])
})

test('without a brand, said or known, only a grant for all brands fits', () => {
  const said = built({ oem: '' })
  const detail = 'it may not say bikeProduced of brand unknown, plant dresden'
  expect(found(said, [grant(said, { brand: 'acme' })])).toEqual(outside(detail))
  expect(found(said, [grant(said)])).toEqual([])
})

test('a definition is its definer’s', () => {
  const again = changed(form(), {})
  if (again.event.case === 'componentTypeDefined') again.event.value.type = 'battery'
  expect(found(again, [grant(again)])).toEqual(outside('the definition is that of plant:dresden'))
  expect(found(form(), [grant(form())])).toEqual([])
})

test('staff and what was believed before need no grant; nobody is held', () => {
  expect(found(made('BA9'), [], 'plant', { provenance: 'staff' })).toEqual([])
  expect(found(made('BA9'), [], 'plant', { provenance: 'legacy' })).toEqual([])
  expect(found(made('BA9'), [], 'plant', { provenance: 'unsealed' })).toEqual([
    ['unsealed', 'nobody has proven who says it'],
  ])
  const row = statement({ case: 'unreadableRow', value: { file: 'f', line: 1, text: '', faults: [] } })
  expect(found(row, [])).toEqual([])
})

test('every role may say something, and only makers define and make', () => {
  const says = (role: PartnerRole) =>
    Object.entries(relations)
      .filter(([, roles]) => role in roles)
      .map(([kind]) => kind)
  for (const role of partnerRoles) expect(says(role).length).toBeGreaterThan(3)
  for (const role of ['dealer', 'workshop'] as const)
    expect(says(role).filter((kind) => /Defined|Produced/.test(kind))).toEqual([])
})
