import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { uuidBytes } from '../../../proto/codec/ids.ts'
import { BikeEntitySchema } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import { newestOfEach, readNews } from './news.ts'

const bikeId = '01920000-0000-7000-8000-00000000000b'
const key = Buffer.from(uuidBytes(bikeId))
const bytes = (fields: { bikeId?: string; version?: bigint }) =>
  Buffer.from(toBinary(BikeEntitySchema, create(BikeEntitySchema, { bikeId, version: 3n, ...fields })))

test('a bike is read as it came', () => {
  expect(readNews({ key, value: bytes({}) })).toMatchObject({ bikeId, version: 3n, entity: bytes({}) })
})

const judgedBy = (fields: MessageInitShape<typeof BikeEntitySchema>) => {
  const entity = create(BikeEntitySchema, { bikeId, version: 3n, ...fields })
  return readNews({ key, value: Buffer.from(toBinary(BikeEntitySchema, entity)) }).judgedBy
}

test.each<[string, MessageInitShape<typeof BikeEntitySchema>]>([
  ['a version', { version: 9n }],
  ['a part', { parts: [{ slot: 'battery', serialNumber: 'B1' }] }],
  ['a doubt about a part', { flags: [{ reason: 'part_differs', subject: 'battery' }] }],
])('%s changes nothing by which telemetry is judged', (_, fields) => {
  expect(judgedBy(fields)).toBe(judgedBy({}))
})

test.each<[string, MessageInitShape<typeof BikeEntitySchema>]>([
  ['its production', { producedAtMs: 1n }],
  ['an owner', { ownerships: [{ riderId: 'anna' }] }],
  ['a module', { deviceIds: [bikeId] }],
  ['since when a module is believed', { devices: [{ deviceId: bikeId, samplesFromMs: 1n }] }],
])('%s changes by what telemetry is judged', (_, fields) => {
  expect(judgedBy(fields)).not.toBe(judgedBy({}))
})

test.each([
  ['no bytes', { key, value: null }],
  ['no entity', { key, value: Buffer.from([255]) }],
  ['no id', { key, value: bytes({ bikeId: 'b' }) }],
  ['no version', { key, value: bytes({ version: 0n }) }],
  ['the key of another bike', { key: Buffer.alloc(16), value: bytes({}) }],
  ['no key', { key: null, value: bytes({}) }],
])('a record with %s is no bike', (_, record) => {
  expect(() => readNews(record)).toThrow()
})

test('of many news about a bike the newest counts, and bikes come in order', () => {
  const news = (id: string, version: bigint) => ({
    bikeId: id,
    version,
    entity: new Uint8Array(),
    judgedBy: '',
  })
  expect(newestOfEach([news('b', 2n), news('a', 1n), news('b', 3n), news('b', 1n)])).toEqual([
    news('a', 1n),
    news('b', 3n),
  ])
})
