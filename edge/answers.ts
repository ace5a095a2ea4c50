// Every refusal the edge can give: one table from reason to status, title, whether a later attempt may pass, and meaning.
import { type TrackMalformation, trackMalformations, type UploadMalformation } from '../proto/index.ts'

export interface Answer {
  readonly status: number
  readonly title: string
  /** The same upload may be accepted later, so keep it. */
  readonly temporary: boolean
  /** For app developers: what to do. Shown at /docs. */
  readonly meaning: string
}

const refused = (status: number, title: string, meaning: string): Answer => ({
  status,
  title,
  temporary: false,
  meaning,
})
const postponed = (status: number, title: string, meaning: string): Answer => ({
  status,
  title,
  temporary: true,
  meaning,
})

const requestAnswers = {
  not_found: refused(404, 'Not found', 'There is nothing at this address.'),
  method_not_allowed: refused(405, 'Method not allowed', 'The Allow header names the methods.'),
  content_type_unsupported: refused(415, 'Unsupported media type', 'Send application/x-protobuf.'),
  content_encoding_unsupported: refused(415, 'Unsupported content encoding', 'Send gzip, br or identity.'),
  compressed_too_large: refused(413, 'Body too large', 'Split the upload: the body exceeds `limit` bytes.'),
  decompressed_too_large: refused(
    413,
    'Body too large after decompression',
    'Split the upload: it exceeds `limit` bytes.',
  ),
  ratio_too_high: refused(
    413,
    'Compression ratio too high',
    'The body decompresses to more than `limit` times its size; no telemetry does.',
  ),
  body_timeout: postponed(408, 'Body too slow', 'The body did not arrive in time; try again.'),
  body_cut_off: postponed(408, 'Body cut off', 'The connection ended inside the body; try again.'),
  body_undecodable: refused(
    400,
    'Body not decodable',
    'The body is no complete gzip or Brotli stream, or something follows it.',
  ),
  upload_undecodable: refused(400, 'Upload not decodable', 'The body is no Upload message.'),
  upload_id_invalid: refused(400, 'Upload id invalid', 'upload_id is the 16 bytes of a UUIDv7.'),
  attempt_clock_invalid: refused(
    400,
    'Attempt clock invalid',
    'An upload carries the clocks of its attempt, in milliseconds.',
  ),
  upload_empty: refused(400, 'Upload empty', 'An upload has at least one track.'),
  too_many_tracks: refused(400, 'Too many tracks', 'Split the upload.'),
  nothing_readable: refused(400, 'No track readable', '`rejected` says why for each track.'),
  bikes_forbidden: refused(403, 'Bikes forbidden', 'None of the bikes is among those of the token.'),
  token_missing: postponed(401, 'Token missing', 'Send Authorization: Bearer with an access token.'),
  token_invalid: postponed(401, 'Token invalid', 'Get a new token; signature, issuer or audience are wrong.'),
  token_expired: postponed(401, 'Token expired', 'Get a new token and send the upload again.'),
  token_unfit: refused(403, 'Token unfit', 'The token needs the claim `bikes`, a list of UUIDs.'),
  address_rate_exceeded: postponed(
    429,
    'Too many requests from this address',
    'Try again after Retry-After seconds.',
  ),
  sender_rate_exceeded: postponed(
    429,
    'Too many requests from this sender',
    'Try again after Retry-After seconds.',
  ),
  sample_quota_exceeded: postponed(
    429,
    'Too many samples from this sender',
    'Try again after Retry-After seconds; `limit` samples a second pass for long.',
  ),
  upload_too_long: refused(413, 'Too many samples', 'Split the upload: it has more than `limit` samples.'),
  overloaded: postponed(503, 'Busy', 'The service has its hands full; try again after Retry-After seconds.'),
  broker_unavailable: postponed(
    503,
    'Not stored',
    'The upload may or may not have been stored; sending it again is safe.',
  ),
  keys_unavailable: postponed(
    503,
    'Token not checked',
    'The keys of the token issuer are out of reach; try again.',
  ),
  internal: postponed(500, 'Internal error', 'A fault of the service; try again later.'),
} as const satisfies Record<string, Answer> & Record<UploadMalformation, Answer>

const malformedTrack = refused(
  400,
  'Track malformed',
  'The track breaks the rule that the reason names (docs/upload-api.md); sending it again is of no use.',
)

const trackAnswers = {
  ...(Object.fromEntries(trackMalformations.map((reason) => [reason, malformedTrack])) as Record<
    TrackMalformation,
    Answer
  >),
  track_too_large: refused(400, 'Track too large', 'Split the track.'),
  bike_forbidden: refused(403, 'Bike forbidden', 'The bike is not among those of the token.'),
}

export const answers = { ...requestAnswers, ...trackAnswers }

/** Why a whole request is refused. */
export type RequestReason = keyof typeof requestAnswers
/** Why one track is refused while its neighbours pass. */
export type TrackReason = keyof typeof trackAnswers
export type Reason = RequestReason | TrackReason
export type TokenReason = Extract<RequestReason, `token_${string}` | 'keys_unavailable'>

export const trackReasons = Object.keys(trackAnswers) as TrackReason[]
export const requestReasons = Object.keys(requestAnswers) as RequestReason[]
