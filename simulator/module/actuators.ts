// What a bike does when it is told to: lock, light, bell and motor. Pure.
import type { Action, Stage } from './messages.ts'
import { applySettings, initialSettings, type SettingsState } from './settings.ts'

/** How the bike is, as far as commands change it. */
export interface BikeState {
  readonly locked: boolean
  readonly lightOn: boolean
  /** Rings and blinks until then, Unix milliseconds. */
  readonly locatedUntilMs: number
  readonly assistLimit: number
  readonly settings: SettingsState
}

/** What commands cannot change, and what they may fail on. */
export interface Conditions {
  readonly stolen: boolean
  readonly moving: boolean
}

export interface Obedience {
  readonly state: BikeState
  readonly stage: Exclude<Stage, 'acknowledged' | 'expired'>
  readonly detail: string
}

const maxAssistLevel = 5

export const initialState: BikeState = {
  locked: false,
  lightOn: false,
  locatedUntilMs: 0,
  assistLimit: maxAssistLevel,
  settings: initialSettings,
}

export const peaceful: Conditions = { stolen: false, moving: false }

export function obey(
  action: Action,
  state: BikeState,
  { stolen, moving, nowMs }: Conditions & { nowMs: number },
): Obedience {
  const done = (change: Partial<BikeState>): Obedience => ({
    state: { ...state, ...change },
    stage: 'executed',
    detail: '',
  })
  const not = (stage: 'rejected' | 'failed', detail: string): Obedience => ({ state, stage, detail })
  switch (action.case) {
    case 'lock':
      return moving ? not('failed', 'the wheels are turning') : done({ locked: true })
    case 'unlock':
      return stolen ? not('rejected', 'the bike is reported stolen') : done({ locked: false })
    case 'light':
      return done({ lightOn: action.value.on })
    case 'locate':
      return done({ locatedUntilMs: nowMs + action.value.durationS * 1_000 })
    case 'assistLimit':
      return action.value.level > maxAssistLevel
        ? not('rejected', `levels are 0 to ${maxAssistLevel}`)
        : done({ assistLimit: action.value.level })
    case 'reportState':
      return done({})
    case 'applySettings':
      return done({ settings: applySettings(state.settings, action.value) })
  }
}
