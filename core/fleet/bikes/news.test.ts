import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { uuidBytes } from '../../../proto/codec/ids.ts'
import { BikeEntitySchema } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import { newestOfEach, readNews } from './news.ts'

const bikeId = '01920000-0000-7000-8000-00000000000b'
const key = Buffer.from(uuidBytes(bikeId))
const bytes = (fields: { bikeId?: string; version?: bigint }) =>
  Buffer.from(toBinary(BikeEntitySchema, create(BikeEntitySchema, { bikeId, version: 3n, ...fields })))

test('a bike is read as it came', () => {
  expect(readNews({ key, value: bytes({}) })).toEqual({ bikeId, version: 3n, entity: bytes({}) })
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
  const news = (id: string, version: bigint) => ({ bikeId: id, version, entity: new Uint8Array() })
  expect(newestOfEach([news('b', 2n), news('a', 1n), news('b', 3n), news('b', 1n)])).toEqual([
    news('a', 1n),
    news('b', 3n),
  ])
})
