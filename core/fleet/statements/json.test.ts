import { create, fromJson, type JsonObject, type JsonValue, toJson } from '@bufbuild/protobuf'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManufacturingEventSchema } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { foreignJson, foreignWord } from '../../../testkit/foreign-words.ts'
import { mergePatch } from '../review/corrections.ts'
import { day, madeMs } from '../testing/rule-case.ts'
import { built, changed, delivered, made, sold } from '../testing/statements.ts'
import { statementJson, withoutRider } from './json.ts'
import { readStatement, readStatementJson } from './read.ts'

const time = (seconds: bigint, nanos = 0) => create(TimestampSchema, { seconds, nanos })

test('a statement is shown in its JSON mapping', () => {
  const said = built()
  expect(statementJson(said)).toEqual(toJson(ManufacturingEventSchema, said))
  const nothing = changed(built(), { event: { case: undefined } })
  expect(statementJson(nothing)).toEqual(toJson(ManufacturingEventSchema, nothing))
})

test.each([
  ['before its second', time(1_740_000_000n, -1), { seconds: '1740000000', nanos: -1 }],
  ['beyond all dates', time(9_999_999_999_999n), { seconds: '9999999999999', nanos: 0 }],
])('a time %s is shown as it came, and a correction mends it', (_, odd, shown) => {
  const said = delivered(madeMs + day)
  const meant = toJson(ManufacturingEventSchema, said)
  const wrong = changed(delivered(madeMs + day), { occurredAt: odd })
  Object.assign(wrong.event.value ?? {}, { deliveredAt: odd })
  const json = statementJson(wrong)
  expect(json).toMatchObject({
    occurredAt: shown,
    bikeDelivered: { frameNumber: 'F-ANNA', deliveredAt: shown },
  })
  expect(wrong.occurredAt).toBe(odd)
  expect(fromJson(ManufacturingEventSchema, mergePatch(json, meant))).toEqual(said)
})

test('a sale names nobody, and is itself left as it is', () => {
  const sale = sold('anna', 0)
  expect(withoutRider(sale).event.value).toEqual({ ...sale.event.value, riderId: '' })
  expect(sale.event.value).toMatchObject({ riderId: 'anna' })
})

test('what names no rider says what it said', () => {
  expect(withoutRider(made('BA1'))).toEqual(made('BA1'))
})

test('a word of a stranger is shown as it was said, and a member that nobody knows changes nothing', () => {
  const said = toJson(ManufacturingEventSchema, built()) as JsonObject
  fc.assert(
    fc.property(foreignWord, foreignWord, foreignJson, (name, batch, value) => {
      fc.pre(!Object.hasOwn(said, name))
      const more = Object.fromEntries([...Object.entries(said), [name, value as JsonValue]])
      expect(readStatement(Buffer.from(JSON.stringify(more)))).toEqual(readStatementJson(said))
      const told = made('battery', { batch })
      expect(statementJson(told)).toMatchObject(batch === '' ? {} : { componentProduced: { batch } })
    }),
  )
})
