import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  type LightMode,
  SettingsReportSchema,
  SettingsSchema,
  SpeedUnit,
} from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { readSettingsReport, settingsOnWire } from './message.ts'
import type { SettingsValues } from './values.ts'

const all: SettingsValues = {
  ...{ assistLevel: 0, maxAssistW: 250, lightMode: 'auto', speedUnit: 'mph', wheelMm: 2_200, massKg: 95 },
}
const reported = (report: Parameters<typeof create<typeof SettingsReportSchema>>[1]) =>
  readSettingsReport(toBinary(SettingsReportSchema, create(SettingsReportSchema, report)))

test.each<[string, SettingsValues]>([
  ['all of them', all],
  ['one of them', { massKg: 30 }],
  ['none', {}],
])('what a bike is sent it can say: %s', (_, values) => {
  const settings = create(SettingsSchema, settingsOnWire(values))
  expect(reported({ version: 3, localChanges: 2, settings })).toEqual({ version: 3, localChanges: 2, values })
})

test('a value outside its range is left out, and so is a mode of later firmware', () => {
  const settings = { assistLevel: 21, wheelMm: 2_200, lightMode: 9 as LightMode, speedUnit: SpeedUnit.KMH }
  expect(reported({ settings })).toEqual({
    ...{ version: 0, localChanges: 0 },
    values: { wheelMm: 2_200, speedUnit: 'kmh' },
  })
})

test.each<[string, ReturnType<typeof reported>]>([
  ['noise', readSettingsReport(Uint8Array.of(255, 255, 255))],
  ['a version with no room to count on', reported({ version: 2 ** 31 })],
  ['a count of changes with no room', reported({ localChanges: 2 ** 31 })],
])('%s is no report', (_, report) => {
  expect(report).toBeUndefined()
})
