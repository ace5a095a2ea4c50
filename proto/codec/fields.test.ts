import { expect, test } from 'vitest'
import {
  BatteryColumnsSchema,
  FaultColumnsSchema,
  MotorColumnsSchema,
  RideColumnsSchema,
  TrackSchema,
} from '../gen/mobility/telemetry/v1/upload_pb.js'
import { type Field, fields, gapsNumber, type Kind, kindNumbers, kinds } from './fields.ts'

const schemas = {
  ride: RideColumnsSchema,
  battery: BatteryColumnsSchema,
  motor: MotorColumnsSchema,
  fault: FaultColumnsSchema,
} as const satisfies Record<Kind, unknown>

test('the schema has a column for each metric of the table, under its number, and no other', () => {
  for (const kind of kinds) {
    const columns = schemas[kind].fields.filter(({ number }) => number !== gapsNumber)
    const table: readonly Field[] = fields[kind]
    expect(columns.map(({ number }) => number)).toEqual(table.map(({ number }) => number))
    // `speed` is `speed_kmh`, and the `temperature` of a battery `battery_temperature_c`.
    for (const [i, { name }] of columns.entries()) expect(table[i]?.key).toContain(name)
  }
})

test('the table lists the metrics of a kind by their numbers, from 1 on', () => {
  for (const kind of kinds) {
    expect(fields[kind].map(({ number }) => number)).toEqual(fields[kind].map((_, i) => i + 1))
  }
})

test('no two metrics have one name', () => {
  const keys = kinds.flatMap((kind) => fields[kind].map(({ key }): string => key))
  expect(keys.length).toBe(new Set(keys).size)
})

test('the schema knows the kinds by their numbers', () => {
  for (const kind of kinds) {
    expect(TrackSchema.fields.find(({ name }) => name === kind)?.number).toBe(kindNumbers[kind])
  }
})
