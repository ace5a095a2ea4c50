// How a bike is set: by its owner through the platform, version by version, and by its rider's hand. Pure.
import { create, toBinary } from '@bufbuild/protobuf'
import {
  type ApplySettings,
  LightMode,
  type Settings,
  SettingsReportSchema,
  SpeedUnit,
} from '../../proto/gen/mobility/devices/v1/command_pb.js'

type Values = Omit<Settings, '$typeName' | '$unknown'>

/** Kept across restarts. */
export interface SettingsState {
  /** Of the platform, taken last. */
  readonly version: number
  /** By hand, since then. */
  readonly localChanges: number
  readonly values: Values
}

const most = { assistLevel: 5, maxAssistW: 250 }

const defaults = {
  ...{ assistLevel: 3, maxAssistW: 250, wheelMm: 2_200 },
  ...{ lightMode: LightMode.AUTO, speedUnit: SpeedUnit.KMH },
} as const satisfies Values

export const initialSettings: SettingsState = { version: 0, localChanges: 0, values: defaults }

/** All of a newer version, in place of those of before; what is absent is the bike's default. An older version changes nothing. */
export function applySettings(state: SettingsState, { version, settings }: ApplySettings): SettingsState {
  if (version <= state.version) return state
  return { version, localChanges: 0, values: valuesOf(settings ?? {}) }
}

/** The rider pressed a button: the platform learns on which version that is based. */
export function changeSettings(state: SettingsState, change: Partial<Values>): SettingsState {
  const values = valuesOf({ ...state.values, ...change })
  return { ...state, localChanges: state.localChanges + 1, values }
}

export function writeSettingsReport({ version, localChanges, values }: SettingsState): Uint8Array {
  const report = create(SettingsReportSchema, { version, localChanges, settings: values })
  return toBinary(SettingsReportSchema, report)
}

/** What is absent, or a mode that says nothing, is the default; numbers within what the bike can. */
function valuesOf(given: Partial<Values>): Values {
  const { assistLevel = defaults.assistLevel, maxAssistW = defaults.maxAssistW, ...more } = given
  return {
    assistLevel: Math.min(assistLevel, most.assistLevel),
    maxAssistW: Math.min(maxAssistW, most.maxAssistW),
    wheelMm: more.wheelMm ?? defaults.wheelMm,
    massKg: more.massKg,
    lightMode: more.lightMode || defaults.lightMode,
    speedUnit: more.speedUnit || defaults.speedUnit,
  }
}
