// Who is believed: forgeries, grants, keys that come late, change and end, and what was applied before there were seals.
import { randomUUID } from 'node:crypto'
import { toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import {
  everyGrant,
  registerPartners,
  sealedBy,
  storedId,
  testAudience,
  testPartner,
} from '../../../testkit/partners.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { createPartnerStore } from '../../engines/postgres/fleet/partner-store.ts'
import { createSealStore } from '../../engines/postgres/fleet/partners.ts'
import { createRetractionStore } from '../../engines/postgres/fleet/retraction-store.ts'
import { takeIn } from '../judging/decide.ts'
import { rules } from '../judging/rules/index.ts'
import { mostConnected } from '../retraction/port.ts'
import { createRetraction } from '../retraction/retract.ts'
import { receive as receiveRecord, recordNamed } from '../statements/records.ts'
import { createFleetEnvironment, type FleetEnvironment } from '../testing/fleet-environment.ts'
import {
  built,
  dayMs,
  definitions,
  installed,
  made,
  madeMs,
  name,
  say,
  sold,
  wholeBike,
} from '../testing/statement-fixtures.ts'
import type { PartnerStore, SealStore } from './port.ts'
import { type ReceiveDeps, receiveRecords } from './receive.ts'

const databases: TestDatabase[] = []
let sql: TestDatabase['sql']
let fleet: FleetEnvironment
let partners: PartnerStore
let seals: SealStore
let offset = 0n

beforeEach(async () => {
  const database = await createTestDatabase()
  databases.push(database)
  sql = database.sql
  fleet = createFleetEnvironment(sql)
  partners = createPartnerStore(database.sql)
  seals = createSealStore(database.sql)
  await registerPartners(database.sql, ['plant:dresden', 'oem:acme'])
})
afterAll(async () => {
  for (const database of databases) await database.drop()
})

interface Sealing {
  readonly by?: ReturnType<typeof testPartner>
  readonly atMs?: number
}

function sealed(
  said: ManufacturingEvent,
  { by = testPartner(said.source), atMs = Date.now() }: Sealing = {},
) {
  return record(sealedBy(by, toBinary(ManufacturingEventSchema, said)), atMs)
}

function record(value: Buffer, timestampMs = Date.now()): KafkaRecord {
  offset++
  return { topic: 'events', partition: 0, offset, key: null, value, timestampMs }
}

async function receive(records: readonly KafkaRecord[], unsealed: ReceiveDeps['unsealed'] = 'refuse') {
  const found = await receiveRecords(records, { seals, audience: testAudience, unsealed })
  const plan = await takeIn(found.received, { store: fleet.store, rules })
  await fleet.settle()
  const refused = [...found.refused.map(({ doubt }) => doubt), ...plan.unproven.map(({ doubt }) => doubt)]
  return { plan, refused: refused.map(({ reason }) => reason), unverified: found.unverified }
}

async function reasonsOf(said: ManufacturingEvent): Promise<readonly string[] | undefined> {
  const [known] = await fleet.store.find([storedId(said)])
  return known && [known.state, ...known.findings.map(({ reason }) => reason)]
}

const theBike = () => [...definitions(), ...wholeBike(1)].map((said) => sealed(said))
const recycledBy = (source: string) =>
  say(
    { case: 'componentRecycled', value: { component: name('battery', 2) } },
    { atMs: madeMs + dayMs, source },
  )

test('nobody sells, makes or recycles in the name of another', async () => {
  await receive([...theBike(), sealed(made('battery', 2))])
  const mallory = testPartner('dealer:mallory')
  const sale = sold(1, 'mallory', madeMs + 2 * dayMs)
  // Whoever can write to the topic: without a seal, with a stranger's key, in an OEM's name with a key of its own.
  await partners.register(mallory)
  await partners.addKey(mallory.key)
  const forged = [
    record(Buffer.from(toBinary(ManufacturingEventSchema, sale))),
    sealed(sale, { by: mallory }),
  ]
  expect((await receive(forged)).refused.sort()).toEqual(['seal_invalid', 'unsealed'])
  const { unverified } = await receive([sealed(sale, { by: testPartner('oem:acme', 7) })])
  expect([unverified, await reasonsOf(sale)]).toEqual([1, undefined])

  const own = say(sale.event, { atMs: madeMs + 2 * dayMs, source: 'dealer:mallory' })
  await receive([sealed(own)])
  expect(await reasonsOf(own)).toEqual(['held', 'outside_grant'])

  const oem = testPartner('oem:evil')
  await partners.register(oem)
  await partners.addKey(oem.key)
  await partners.grant(oem.partnerId, [{ door: 'key', kind: 'bikeProduced', brand: 'evil', plant: '*' }])
  await receive([sealed(made('battery', 5)), sealed(made('motor', 5))])
  const bike = say(built(5).event, { source: oem.partnerId })
  await receive([sealed(bike)])
  expect(await reasonsOf(bike)).toEqual(['held', 'outside_grant'])

  const plant = testPartner('plant:zwickau')
  await partners.register(plant)
  await partners.addKey(plant.key)
  const grants = everyGrant('plant').map((grant) => ({ ...grant, plant: 'zwickau' }))
  await partners.grant(plant.partnerId, grants)
  const recycled = recycledBy(plant.partnerId)
  await receive([sealed(recycled)])
  expect(await reasonsOf(recycled)).toEqual(['held', 'outside_grant'])
})

test('two partners give the same id, and neither takes that of the other', async () => {
  await receive(theBike())
  const [first, second] = [made('battery', 8), made('battery', 9, { source: 'oem:acme' })]
  second.eventId = first.eventId
  await receive([sealed(second)])
  const { plan } = await receive([sealed(first)])
  expect(plan.reused).toEqual([])
  expect([await reasonsOf(first), await reasonsOf(second)]).toEqual([['applied'], ['applied']])
})

test.each([false, true])(
  'registration and statements come in any order (statements first: %s)',
  async (isLate) => {
    const plant = testPartner('plant:zwickau')
    const said = made('battery', 3, { source: plant.partnerId })
    await receive(theBike())
    const register = async () => {
      await partners.register(plant)
      await partners.addKey(plant.key)
      await partners.grant(plant.partnerId, plant.grants)
    }
    if (!isLate) await register()
    const came = sealed(said)
    expect((await receive([came, came])).unverified).toBe(isLate ? 2 : 0)
    if (isLate) {
      expect(await partners.waiting()).toMatchObject([{ keyId: plant.key.keyId, records: 1 }])
      expect(await seals.verifiable(10)).toEqual([])
      await register()
      const kept = await seals.verifiable(10)
      await receive(
        kept.map(({ record: name, value, receivedAtMs }) =>
          recordNamed(name, { key: null, value: Buffer.from(value), timestampMs: receivedAtMs }),
        ),
      )
      await seals.dropUnverified(kept.map((each) => each.record))
      expect(await seals.countUnverified()).toBe(0)
    }
    expect(await reasonsOf(said)).toEqual(['applied'])
  },
)

test('only so many records are kept for keys that nobody knows', async () => {
  const kept = (name: string) => ({
    ...{ record: name, keyId: testPartner('oem:new').key.keyId, recordKey: null, receivedAtMs: 0 },
    value: Buffer.from('1234'),
  })
  const all = ['a', 'b', 'c'].map(kept)
  expect(await seals.keepUnverified(all, { records: 2, bytes: 100 })).toEqual([all[2]])
  expect(await seals.keepUnverified(all, { records: 9, bytes: 8 })).toEqual([all[2]])
  expect(await seals.countUnverified()).toBe(2)
})

test('what was held becomes due with the grant', async () => {
  const plant = testPartner('plant:zwickau')
  await partners.register(plant)
  await partners.addKey(plant.key)
  const said = made('battery', 4, { source: plant.partnerId })
  await receive([...theBike(), sealed(said)])
  expect(await reasonsOf(said)).toEqual(['held', 'outside_grant'])
  await partners.grant(plant.partnerId, [
    { door: 'key', kind: 'componentProduced', brand: '*', plant: 'elsewhere' },
  ])
  await fleet.settle()
  expect(await reasonsOf(said)).toEqual(['held', 'outside_grant'])
  const grant = { door: 'key', kind: 'componentProduced', brand: '*', plant: 'dresden' } as const
  await partners.grant(plant.partnerId, [grant])
  await fleet.settle()
  expect(await reasonsOf(said)).toEqual(['applied'])
  expect(await partners.withdraw(plant.partnerId, [grant, grant])).toBe(1)
})

test('the platform’s own key speaks for partners that are granted the API, and for nobody else', async () => {
  const platform = testPartner('platform')
  const saysBy = (said: ManufacturingEvent) => sealed(said, { by: platform })
  const said = made('battery', 20)
  await receive(theBike())
  expect((await receive([saysBy(said)])).unverified).toBe(1)
  expect(await partners.addKey({ ...platform.key, partnerId: null, door: 'api' })).toBe('added')
  expect(await partners.addKey(platform.key)).toBe('partner_unknown')
  await receive([saysBy(said)])
  expect(await reasonsOf(said)).toEqual(['held', 'outside_grant'])
  await partners.grant('plant:dresden', [
    { door: 'api', kind: 'componentProduced', brand: '*', plant: 'dresden' },
  ])
  await fleet.settle()
  expect(await reasonsOf(said)).toEqual(['applied'])

  const nobody = made('battery', 21, { source: 'plant:nowhere' })
  const garbage = record(sealedBy(platform, Buffer.from('no statement')))
  expect((await receive([saysBy(nobody), garbage])).refused).toEqual(['seal_invalid', 'seal_invalid'])
  expect((await partners.platformKeys()).map(({ keyId }) => keyId)).toEqual([platform.key.keyId])
})

test('keys rotate: both count until one ends, by our receipt; what was stored stands when the topic is read again', async () => {
  const second = testPartner('plant:dresden', 2)
  expect(await partners.addKey(second.key)).toBe('added')
  expect(await partners.addKey(second.key)).toBe('known')
  expect(await partners.addKey({ ...second.key, partnerId: 'oem:acme' })).toBe('key_taken')
  const endMs = Date.now()
  const [before, after] = [made('battery', 6), made('battery', 7)]
  const old = sealed(before, { atMs: endMs - 1 })
  await receive([...theBike(), old, sealed(made('motor', 6), { by: second })])
  await partners.endKey(testPartner('plant:dresden').key.keyId, endMs)
  expect((await receive([sealed(after, { atMs: endMs })])).refused).toEqual(['seal_invalid'])
  expect(await reasonsOf(after)).toBeUndefined()
  expect((await receive([old])).plan.repeated).toHaveLength(1)
  expect((await receive([{ ...old, timestampMs: endMs + 5 }])).plan.repeated).toHaveLength(1)
  await receive([sealed(after, { by: second })])
  expect(await reasonsOf(after)).toEqual(['applied'])
})

test('what was applied before there were seals stands, and its record is a repetition; others without a seal are refused or held', async () => {
  const [said, unknown] = [made('battery', 10), made('battery', 11)]
  const unsealed = (event: ManufacturingEvent) =>
    record(Buffer.from(toBinary(ManufacturingEventSchema, event)))
  await fleet.intake([...definitions(), said])
  const again = await receive([unsealed(said), unsealed(unknown)])
  expect(again.plan.repeated).toHaveLength(1)
  expect(again.refused).toEqual(['unsealed'])
  const other = made('battery', 12)
  other.eventId = said.eventId
  expect((await receive([unsealed(other)])).refused).toEqual(['unsealed'])
  await receive([unsealed(unknown)], 'hold')
  expect((await receive([unsealed(unknown)], 'hold')).plan.repeated).toHaveLength(1)
  const [held] = await fleet.store.find([receiveRecord(unsealed(unknown)).event.eventId])
  expect([held?.state, held?.findings.map(({ reason }) => reason)]).toEqual(['held', ['unsealed']])
})

test('a statement without a seal takes the id of none that has one, whichever it claims', async () => {
  await receive(theBike())
  const genuine = made('battery', 13)
  const forged = made('battery', 14)
  forged.eventId = storedId(genuine)
  const hashed = Buffer.from(`${genuine.source}\n${genuine.eventId}`)
  await receive([record(Buffer.from(toBinary(ManufacturingEventSchema, forged))), record(hashed)], 'hold')
  const { plan } = await receive([sealed(genuine)])
  expect([plan.reused, await reasonsOf(genuine)]).toEqual([[], ['applied']])
})

describe('a key that is distrusted', () => {
  const plant = testPartner('plant:dresden')
  const { keyId } = plant.key
  /** After all that is received without a time. */
  const stolenMs = Date.now() + 3_600_000
  const distrust = (fromMs: number, key = keyId) =>
    createRetraction(createRetractionStore(sql)).retract({
      target: { cause: 'distrust_key', keyId: key, fromMs },
      ...{
        proposalId: randomUUID(),
        reason: 'it was stolen',
        proposedBy: 'staff:eva',
        approvedBy: 'staff:kai',
      },
    })
  const taken = (said: ManufacturingEvent, before = 'applied') => ({
    ...{ eventId: storedId(said), before, after: 'retracted' },
  })

  test('is not believed by our receipt: what came since is taken back, what came before and other keys stand', async () => {
    const second = testPartner('plant:dresden', 2)
    await partners.addKey(second.key)
    const [before, forged, genuine] = [made('battery', 20), made('battery', 21), made('battery', 22)]
    const held = say(installed(1, 77, madeMs + dayMs).event, { source: plant.partnerId })
    const topic = [
      ...theBike(),
      sealed(before, { atMs: stolenMs - 1 }),
      sealed(forged, { atMs: stolenMs }),
      sealed(held, { atMs: stolenMs + 1 }),
      sealed(genuine, { atMs: stolenMs + 2, by: second }),
    ]
    await receive(topic)
    expect(await distrust(stolenMs)).toMatchObject({
      ...{ outcome: 'retracted', changed: [taken(forged), taken(held, 'held')] },
    })
    const outcome = async () => Promise.all([before, forged, held, genuine].map(reasonsOf))
    const expected = [['applied'], ['retracted'], ['retracted'], ['applied']]
    expect(await outcome()).toEqual(expected)

    const again = await receive(topic)
    expect([again.plan.repeated.length, again.refused]).toEqual([topic.length, []])
    expect(await outcome()).toEqual(expected)
    const [backdated, late] = [made('battery', 23), made('battery', 24)]
    expect((await receive([sealed(backdated, { atMs: stolenMs + 9 })])).refused).toEqual(['key_distrusted'])
    expect(await reasonsOf(backdated)).toBeUndefined()
    await receive([sealed(late, { atMs: stolenMs - 1 })])
    expect(await reasonsOf(late)).toEqual(['applied'])
  })

  test('stays so, and from the earliest time: nobody adds it again', async () => {
    await receive(theBike())
    const said = made('battery', 20)
    await receive([sealed(said, { atMs: stolenMs - 1 })])
    expect(await distrust(stolenMs)).toMatchObject({ outcome: 'retracted', changed: [] })
    expect(await distrust(stolenMs + 1)).toEqual({ outcome: 'repeated' })
    expect(await partners.addKey(plant.key)).toBe('distrusted')
    await partners.endKey(keyId, Number.POSITIVE_INFINITY)
    const forged = sealed(made('battery', 21), { atMs: stolenMs })
    expect((await receive([forged])).refused).toEqual(['key_distrusted'])
    expect(await distrust(stolenMs - 1)).toMatchObject({ changed: [taken(said)] })
    const [known] = (await partners.find('plant:dresden'))?.keys ?? []
    expect(known?.distrustedFromMs).toBe(stolenMs - 1)
    const strange = testPartner('plant:dresden', 9).key.keyId
    expect(await distrust(stolenMs, strange)).toEqual({ outcome: 'key_unknown', keyId: strange })
  })

  test('is so for what was verified before and is taken in after', async () => {
    await receive(theBike())
    const said = made('battery', 20)
    const record = sealed(said, { atMs: stolenMs })
    const { received } = await receiveRecords([record], { seals, audience: testAudience, unsealed: 'refuse' })
    await distrust(stolenMs)
    const { unproven } = await takeIn(received, { store: fleet.store, rules })
    expect(unproven.map(({ doubt }) => doubt.reason)).toEqual(['key_distrusted'])
    expect(await reasonsOf(said)).toBeUndefined()
  })

  test(`beyond ${mostConnected} statements nothing changes; a later time first, then an earlier one, does it`, {
    timeout: 120_000,
  }, async () => {
    await receive(theBike())
    const said = Array.from({ length: mostConnected + 1 }, (_, n) => made('battery', 1_000 + n))
    await receive(said.map((each, n) => sealed(each, { atMs: stolenMs + n })))
    expect(await distrust(stolenMs)).toEqual({ outcome: 'too_many' })
    expect((await partners.find('plant:dresden'))?.keys[0]?.distrustedFromMs).toBe(Number.POSITIVE_INFINITY)
    expect(await distrust(stolenMs + 1)).toMatchObject({ outcome: 'retracted' })
    expect(await distrust(stolenMs)).toMatchObject({
      outcome: 'retracted',
      changed: [{ after: 'retracted' }],
    })
    const states = new Set((await Promise.all(said.map(reasonsOf))).flat())
    expect([...states]).toEqual(['retracted'])
  })
})
