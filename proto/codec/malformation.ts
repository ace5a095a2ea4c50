// Why bytes are refused: the closed list behind every rejection of the codec, and the error that carries one.

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
  'coordinates_unpaired',
  'value_overflow',
  'value_out_of_range',
  'value_not_a_number',
] as const

export type UploadMalformation = (typeof uploadMalformations)[number]
export type TrackMalformation = (typeof trackMalformations)[number]
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
