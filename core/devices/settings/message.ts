// Settings between their bytes on the wire (proto/mobility/devices/v1) and our own terms.
import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import {
  LightMode,
  type Settings,
  SettingsReportSchema,
  type SettingsSchema,
  SpeedUnit,
} from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import type { SettingsReport } from './port.ts'
import { type SettingsValues, settingsValues } from './values.ts'

const lights = { off: LightMode.OFF, on: LightMode.ON, auto: LightMode.AUTO } as const
const units = { kmh: SpeedUnit.KMH, mph: SpeedUnit.MPH } as const

/** `{assistLevel: 2, lightMode: 'auto'}  →  Settings {assist_level: 2, light_mode: LIGHT_MODE_AUTO}` */
export function settingsOnWire(values: SettingsValues): MessageInitShape<typeof SettingsSchema> {
  const { lightMode, speedUnit, ...numbers } = values
  return {
    ...numbers,
    ...(lightMode && { lightMode: lights[lightMode] }),
    ...(speedUnit && { speedUnit: units[speedUnit] }),
  }
}

/** A counter that a bike may never have reached, which leaves room to count on. */
const mostCounted = 2 ** 30

/** Undefined when it is no report. A value outside its range is left out, as is a mode that is not known. */
export function readSettingsReport(body: Uint8Array): SettingsReport | undefined {
  try {
    const { version, localChanges, settings } = fromBinary(SettingsReportSchema, body)
    if (version > mostCounted || localChanges > mostCounted) return undefined
    return { version, localChanges, values: settings ? valuesOf(settings) : {} }
  } catch {
    return undefined
  }
}

function valuesOf({ lightMode, speedUnit, ...numbers }: Settings): SettingsValues {
  const given = { ...numbers, lightMode: nameOf(lights, lightMode), speedUnit: nameOf(units, speedUnit) }
  const fields = Object.entries(settingsValues.shape)
  return settingsValues.parse(
    Object.fromEntries(
      fields.flatMap(([key, field]) => {
        const { data } = field.safeParse(given[key as keyof SettingsValues])
        return data === undefined ? [] : [[key, data]]
      }),
    ),
  )
}

const nameOf = <Name extends string>(names: Readonly<Record<Name, number>>, value: number) =>
  (Object.keys(names) as Name[]).find((name) => names[name] === value)
