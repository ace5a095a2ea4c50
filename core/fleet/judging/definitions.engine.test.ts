// Who defines a type or a model anew, on PostgreSQL.
import { randomUUID } from 'node:crypto'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { beforeAll, expect, test } from 'vitest'
import { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import {
  createFleetEnvironment,
  createReviewOn,
  type FleetEnvironment,
} from '../testing/fleet-environment.ts'
import { dayMs, definitions, madeMs, say } from '../testing/statement-fixtures.ts'

let database: TestDatabase
let environment: FleetEnvironment

beforeAll(async () => {
  database = await createTestDatabase()
  environment = createFleetEnvironment(database.sql)
  await environment.intake(definitions())
  return database.drop
})

const model = (name: string, atMs: number, source = 'oem:acme') =>
  say(
    {
      case: 'bikeModelDefined',
      value: {
        modelId: 'tour',
        name,
        slots: [{ slot: 'motor', type: 'motor', required: true }],
        producedFrom: timestampFromMs(madeMs),
      },
    },
    { atMs, source },
  )
const type = (firstFaultCode: number, atMs: number, source = 'oem:acme') =>
  say(
    {
      case: 'componentTypeDefined',
      value: {
        ...{ type: 'lamp', name: 'Lamp', serialPattern: 'L.*', checkDigit: CheckDigit.NONE },
        ...{ firstFaultCode, lastFaultCode: 99 },
      },
    },
    { atMs, source },
  )

async function stateOf(statement: ReturnType<typeof say>) {
  await environment.intake([statement])
  return (await environment.states()).get(statement.eventId)
}
const known = async () => {
  const [row] = await database.sql<{ name: string; codes: string }[]>`
    select bike_models.name, fault_codes::text as codes from bike_models, component_types
    where model_id = 'tour' and component_type = 'lamp'`
  return row
}

test('nobody overwrites what another has defined, and of one source the latest word counts', async () => {
  await environment.intake([model('first', madeMs), type(10, madeMs)])
  expect(await stateOf(model('nobody', madeMs + dayMs, 'service:nobody'))).toBe('held')
  const stolen = type(20, madeMs - dayMs, 'service:nobody')
  expect(await stateOf(stolen)).toBe('held')
  expect(await known()).toEqual({ name: 'first', codes: '[10,100)' })

  expect(await stateOf(model('third', madeMs + 3 * dayMs))).toBe('applied')
  expect(await stateOf(type(30, madeMs + 3 * dayMs))).toBe('applied')
  // What is told late was true before.
  expect(await stateOf(model('second', madeMs + 2 * dayMs))).toBe('applied')
  expect(await stateOf(type(40, madeMs + 2 * dayMs))).toBe('applied')
  expect(await known()).toEqual({ name: 'third', codes: '[30,100)' })

  // Repeated later, it counts from then on.
  expect(await stateOf(model('third', madeMs + 5 * dayMs))).toBe('applied')
  expect(await stateOf(model('fourth', madeMs + 4 * dayMs))).toBe('applied')
  expect((await known())?.name).toBe('third')

  await environment.settle()
  const review = createReviewOn(database.sql)
  const seen = (await review.show(stolen.eventId))?.judgements.at(-1)?.number ?? Number.NaN
  const accepted = await review.decide({
    ...{ decisionId: randomUUID(), eventId: stolen.eventId, verdict: 'accept', seen },
    ...{ author: 'service:eva', reason: 'asked the maker' },
  })
  expect(accepted).toMatchObject({ state: 'applied' })
  expect((await known())?.codes).toBe('[20,100)')
})
