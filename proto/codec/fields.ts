// The numbers of the contract: the metrics of each kind of track (field numbers as in upload.proto, unit, scale, range and how
// differences are taken), the times, and the limits.

/** Limits that senders must keep to (docs/upload-api.md). */
export const limits = {
  /** Bytes of a body as it travels. */
  compressedBytes: 1024 * 1024,
  /** Bytes of a body after decompression. */
  decompressedBytes: 8 * 1024 * 1024,
  /** Decompressed over compressed bytes, applied to bodies that decompress to more than `ratioFreeBytes`. */
  ratio: 100,
  ratioFreeBytes: 256 * 1024,
  tracksPerUpload: 256,
  samplesPerTrack: 10_000,
  partsPerTrack: 16,
  /** Bytes of a part's slot, and of its serial number, in UTF-8. */
  partTextBytes: 64,
  /** Recorded times are Unix milliseconds in [0, this). Year 10000. */
  timeMs: 253_402_300_800_000,
} as const

/** One metric. On the wire and in memory it is an integer; `value in unit = integer / scale`. */
export interface Field {
  /** Name with its unit, as stores, topics and APIs show it. */
  readonly key: string
  /** Field number in the kind's Columns message. */
  readonly number: number
  /** First, second or damped third differences travel. */
  readonly order: 1 | 2 | 3
  readonly scale: number
  /** Inclusive bounds of the integer. */
  readonly min: number
  readonly max: number
  /** Integers within the bounds by which FIT files and CAN buses say that they have no value. */
  readonly none?: readonly number[]
}

export const kinds = ['ride', 'battery', 'motor', 'fault'] as const
export type Kind = (typeof kinds)[number]

/** Field number of `gaps` in every kind's Columns message. */
export const gapsNumber = 100

/** Field numbers of `Track.columns`. */
export const kindNumbers: Readonly<Record<Kind, number>> = { ride: 16, battery: 17, motor: 18, fault: 19 }

export const fields = {
  ride: [
    { key: 'latitude_deg', number: 1, order: 3, scale: 1e7, min: -90e7, max: 90e7 },
    { key: 'longitude_deg', number: 2, order: 3, scale: 1e7, min: -180e7, max: 180e7 },
    { key: 'speed_kmh', number: 3, order: 2, scale: 1000, min: 0, max: 200_000 },
    { key: 'odometer_m', number: 4, order: 2, scale: 100, min: 0, max: 1e11, none: [0xffffffff] },
    { key: 'altitude_m', number: 5, order: 1, scale: 10, min: -5_000, max: 90_000 },
    { key: 'cadence_rpm', number: 6, order: 1, scale: 1, min: 0, max: 300, none: [0xff] },
    { key: 'rider_power_w', number: 7, order: 1, scale: 1, min: 0, max: 3_000 },
    { key: 'ambient_temperature_c', number: 8, order: 1, scale: 10, min: -600, max: 800 },
    { key: 'assist_level', number: 9, order: 1, scale: 1, min: 0, max: 20 },
  ],
  battery: [
    { key: 'state_of_charge_pct', number: 1, order: 1, scale: 10, min: 0, max: 1_000 },
    { key: 'voltage_v', number: 2, order: 1, scale: 1000, min: 0, max: 100_000, none: [0xffff] },
    {
      key: 'current_a',
      number: 3,
      order: 1,
      scale: 1000,
      min: -200_000,
      max: 200_000,
      none: [-0x8000, 0x7fff, 0xffff],
    },
    // 127 °C: the code of a signed byte.
    { key: 'battery_temperature_c', number: 4, order: 1, scale: 10, min: -600, max: 2_000, none: [1_270] },
    { key: 'charge_cycles', number: 5, order: 1, scale: 1, min: 0, max: 100_000, none: [0xffff] },
  ],
  motor: [
    { key: 'motor_power_w', number: 1, order: 1, scale: 1, min: -5_000, max: 10_000 },
    { key: 'motor_torque_nm', number: 2, order: 1, scale: 10, min: -5_000, max: 5_000 },
    { key: 'motor_rotation_rpm', number: 3, order: 1, scale: 1, min: -20_000, max: 20_000 },
    { key: 'motor_temperature_c', number: 4, order: 1, scale: 10, min: -600, max: 3_000 },
  ],
  fault: [
    { key: 'fault_code', number: 1, order: 1, scale: 1, min: 0, max: 2_147_483_647 },
    { key: 'fault_severity', number: 2, order: 1, scale: 1, min: 1, max: 4 },
    { key: 'fault_active', number: 3, order: 1, scale: 1, min: 0, max: 1 },
  ],
} as const satisfies Record<Kind, readonly Field[]>

/** The metric names of a kind, such as `FieldKey<'battery'>`. */
export type FieldKey<K extends Kind = Kind> = (typeof fields)[K][number]['key']

/** The times travel like a column, beside the columns of the kind. */
export const timeField = {
  key: 'time_ms',
  number: 100,
  order: 2,
} as const
