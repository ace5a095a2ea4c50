// The actions of a command.
import type { SettingsValues } from '../settings/values.ts'

export type CommandAction =
  | { readonly kind: 'lock' }
  | { readonly kind: 'unlock' }
  | { readonly kind: 'light'; readonly on: boolean }
  /** Ring and blink. */
  | { readonly kind: 'locate'; readonly durationS: number }
  | { readonly kind: 'assist_limit'; readonly level: number }
  /** Send the newest sample of every kind. */
  | { readonly kind: 'report_state' }
  /** All settings of this version, in place of those of before. */
  | ({ readonly kind: 'settings'; readonly version: number } & SettingsValues)

export type CommandKind = CommandAction['kind']

export const commandKinds = [
  'lock',
  'unlock',
  'light',
  'locate',
  'assist_limit',
  'report_state',
  'settings',
] as const satisfies readonly CommandKind[]
