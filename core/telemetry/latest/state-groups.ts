// The groups of values that make up a bike's latest state. The values of a group were measured at one moment and stay
// together: a group shows its newest sample, never a mixture of moments that no bike was ever in.
import type { FieldKey, Kind } from '../../../proto/index.ts'

export const stateGroupNames = ['position', 'ride', 'battery', 'motor', 'fault'] as const
export type StateGroup = (typeof stateGroupNames)[number]

export interface GroupRule {
  readonly group: StateGroup
  /** Kind of the tracks that carry the group. */
  readonly kind: Kind
  readonly fields: readonly FieldKey[]
  /** A sample speaks for the group when it has one of these. */
  readonly decisive: readonly FieldKey[]
}

const rideFields = [
  'speed_kmh',
  'odometer_m',
  'cadence_rpm',
  'rider_power_w',
  'ambient_temperature_c',
  'assist_level',
] as const satisfies readonly FieldKey<'ride'>[]
const batteryFields = [
  'state_of_charge_pct',
  'voltage_v',
  'current_a',
  'battery_temperature_c',
  'charge_cycles',
] as const satisfies readonly FieldKey<'battery'>[]
const motorFields = [
  'motor_power_w',
  'motor_torque_nm',
  'motor_rotation_rpm',
  'motor_temperature_c',
] as const satisfies readonly FieldKey<'motor'>[]

export const groupRules: readonly GroupRule[] = [
  // An altitude alone is no place; latitude and longitude come in pairs (proto/codec/track.ts).
  {
    group: 'position',
    kind: 'ride',
    fields: ['latitude_deg', 'longitude_deg', 'altitude_m'],
    decisive: ['latitude_deg'],
  },
  { group: 'ride', kind: 'ride', fields: rideFields, decisive: rideFields },
  { group: 'battery', kind: 'battery', fields: batteryFields, decisive: batteryFields },
  { group: 'motor', kind: 'motor', fields: motorFields, decisive: motorFields },
  // The newest fault event, appeared or gone; the list of all is in the telemetry.
  {
    group: 'fault',
    kind: 'fault',
    fields: ['fault_code', 'fault_severity', 'fault_active'],
    decisive: ['fault_code'],
  },
]
