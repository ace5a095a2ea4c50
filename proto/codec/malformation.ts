// Why bytes are refused and cells are masked: the closed lists of the codec, the error that carries a reason, and the masking of cells.
import type { Field, FieldKey } from './fields.ts'

/** Reasons for which a whole upload is refused. */
export const uploadMalformations = [
  'upload_undecodable',
  'upload_id_invalid',
  'attempt_clock_invalid',
  'upload_empty',
  'too_many_tracks',
] as const

/** Reasons for which one track is refused while its neighbours pass. */
export const trackMalformations = [
  'track_undecodable',
  'field_repeated',
  'bike_id_invalid',
  'recorder_id_invalid',
  'too_many_parts',
  'part_invalid',
  'kind_unknown',
  'track_empty',
  'too_many_samples',
  'times_unsorted',
  'time_duplicate',
  'time_out_of_range',
  'column_ragged',
  'value_overflow',
  'value_not_a_number',
] as const

/** Reasons for which a cell counts as missing while its sample and its track pass. */
export const maskReasons = ['value_out_of_range', 'no_value', 'coordinates_unpaired', 'no_fix'] as const

export type UploadMalformation = (typeof uploadMalformations)[number]
export type TrackMalformation = (typeof trackMalformations)[number]
export type MaskReason = (typeof maskReasons)[number]
export type Malformation = UploadMalformation | TrackMalformation

/** Thrown by the codec, and nothing else is: `reason` is from the closed list, `message` names the place. */
export class MalformedError<Reason extends Malformation = Malformation> extends Error {
  override readonly name = 'MalformedError'
  readonly reason: Reason

  constructor(reason: Reason, detail: string) {
    super(`${reason}: ${detail}`)
    this.reason = reason
  }
}

/** Cells of one column that were sent and count as missing. */
export interface MaskedCells {
  readonly key: FieldKey
  readonly reason: MaskReason
  /** How many. */
  cells: number
  /** The first sample of which one is masked. */
  readonly first: number
}

/** Makes a cell a missing one, and adds it to `masked`. */
function mask(
  values: Float64Array,
  sample: number,
  of: Pick<MaskedCells, 'key' | 'reason'>,
  masked: MaskedCells[],
): void {
  values[sample] = Number.NaN
  const known = masked.find(({ key, reason }) => key === of.key && reason === of.reason)
  if (known === undefined) masked.push({ ...of, cells: 1, first: sample })
  else known.cells++
}

type MaskedField = Pick<Field, 'min' | 'max' | 'none'> & { readonly key: FieldKey }

/** Masks what lies outside the field's bounds, and codes that say that there is no value: a voltage of `36000, -1, 65535` → `36000, NaN, NaN`. */
export function maskCells(
  values: Float64Array,
  { key, min, max, none }: MaskedField,
  masked: MaskedCells[],
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    // Comparisons with NaN are false: a missing cell is none of these.
    if (value < min || value > max) mask(values, i, { key, reason: 'value_out_of_range' }, masked)
    else if (none?.includes(value)) mask(values, i, { key, reason: 'no_value' }, masked)
  }
}

/** False for a latitude or longitude that is missing, and for 0/0, which receivers without a fix tell. */
export function isPosition(latitude: number | undefined, longitude: number | undefined): boolean {
  if (latitude === undefined || longitude === undefined) return false
  return !Number.isNaN(latitude) && !Number.isNaN(longitude) && (latitude !== 0 || longitude !== 0)
}

interface Coordinates {
  readonly latitude: Float64Array | undefined
  readonly longitude: Float64Array | undefined
}

/** Masks what is no position. */
export function maskCoordinates({ latitude, longitude }: Coordinates, masked: MaskedCells[]): void {
  const pair = [
    { key: 'latitude_deg', values: latitude },
    { key: 'longitude_deg', values: longitude },
  ] as const
  const samples = latitude?.length ?? longitude?.length ?? 0
  for (let i = 0; i < samples; i++) {
    const a = latitude?.[i] ?? Number.NaN
    const b = longitude?.[i] ?? Number.NaN
    if (isPosition(a, b)) continue
    const reason = a === 0 && b === 0 ? 'no_fix' : 'coordinates_unpaired'
    for (const { key, values } of pair) {
      if (values !== undefined && !Number.isNaN(values[i])) mask(values, i, { key, reason }, masked)
    }
  }
}
