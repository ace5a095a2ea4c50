import { create, fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  ApplySettingsSchema,
  LightMode,
  SettingsReportSchema,
  SpeedUnit,
} from '../../proto/gen/mobility/devices/v1/command_pb.js'
import { applySettings, changeSettings, initialSettings, writeSettingsReport } from './settings.ts'

const version = (number: number, settings: object = {}) =>
  create(ApplySettingsSchema, { version: number, settings })
const third = applySettings(initialSettings, version(3, { assistLevel: 1, massKg: 95 }))

test('a version takes the place of all before it, by hand or not; what it leaves out is the default', () => {
  const byHand = changeSettings(third, { lightMode: LightMode.ON, speedUnit: SpeedUnit.MPH })
  const fourth = applySettings(byHand, version(4, { wheelMm: 2_100 }))
  expect(fourth).toEqual({
    ...{ version: 4, localChanges: 0 },
    values: { ...initialSettings.values, wheelMm: 2_100, massKg: undefined },
  })
})

test.each([2, 3])('version %i after the third changes nothing', (number) => {
  const byHand = changeSettings(third, { assistLevel: 4 })
  expect(applySettings(byHand, version(number, { assistLevel: 0 }))).toBe(byHand)
})

test('the bike takes no more than it can', () => {
  const { values } = applySettings(initialSettings, version(1, { assistLevel: 20, maxAssistW: 1_000 }))
  expect(values).toMatchObject({ assistLevel: 5, maxAssistW: 250 })
})

test('its report says on which version a change by hand is based', () => {
  const report = writeSettingsReport(changeSettings(third, { assistLevel: 4 }))
  expect(fromBinary(SettingsReportSchema, report)).toMatchObject({
    ...{ version: 3, localChanges: 1 },
    settings: { assistLevel: 4, massKg: 95, lightMode: LightMode.AUTO },
  })
})
