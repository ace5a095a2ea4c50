// The groups of values that make up a bike's latest state. The values of a group were measured at one moment and stay
// together: a group shows its newest sample, never a mixture of moments that no bike was ever in.
import { type FieldKey, fields, type Kind, kinds } from '../../../proto/index.ts'

/** Each group comes from tracks of one kind. */
const groupsOfKind = {
  ride: ['position', 'ride'],
  battery: ['battery'],
  motor: ['motor'],
  fault: ['fault'],
} as const satisfies Record<Kind, readonly string[]>

export type StateGroup<K extends Kind = Kind> = (typeof groupsOfKind)[K][number]
export const stateGroupNames: readonly StateGroup[] = kinds.flatMap((kind) => groupsOfKind[kind])

/** The group that shows each metric. The compiler asks for one for every metric of proto/codec/fields.ts. */
const groupOfMetric: { readonly [K in Kind]: Readonly<Record<FieldKey<K>, StateGroup<K>>> } = {
  ride: {
    latitude_deg: 'position',
    longitude_deg: 'position',
    speed_kmh: 'ride',
    odometer_m: 'ride',
    altitude_m: 'position',
    cadence_rpm: 'ride',
    rider_power_w: 'ride',
    ambient_temperature_c: 'ride',
    assist_level: 'ride',
  },
  battery: {
    state_of_charge_pct: 'battery',
    voltage_v: 'battery',
    current_a: 'battery',
    battery_temperature_c: 'battery',
    charge_cycles: 'battery',
  },
  motor: {
    motor_power_w: 'motor',
    motor_torque_nm: 'motor',
    motor_rotation_rpm: 'motor',
    motor_temperature_c: 'motor',
  },
  // The newest fault event, appeared or gone; the list of all is in the telemetry.
  fault: { fault_code: 'fault', fault_severity: 'fault', fault_active: 'fault' },
}

/** Groups for which not every one of their metrics decides. */
const decisiveMetrics: Partial<Record<StateGroup, readonly FieldKey[]>> = {
  // An altitude alone is no place; latitude and longitude come in pairs (proto/codec/track.ts).
  position: ['latitude_deg'],
  fault: ['fault_code'],
}

export interface GroupRule {
  readonly group: StateGroup
  /** Kind of the tracks that carry the group. */
  readonly kind: Kind
  readonly fields: readonly FieldKey[]
  /** A sample speaks for the group when it has one of these. */
  readonly decisive: readonly FieldKey[]
}

export const groupRules: readonly GroupRule[] = kinds.flatMap((kind) =>
  groupsOfKind[kind].map((group) => {
    const groups: Readonly<Partial<Record<FieldKey, StateGroup>>> = groupOfMetric[kind]
    const keys = fields[kind].map(({ key }): FieldKey => key).filter((key) => groups[key] === group)
    return { group, kind, fields: keys, decisive: decisiveMetrics[group] ?? keys }
  }),
)
