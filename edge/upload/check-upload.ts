// Checks each track of an upload: accepted, with its envelope, or rejected, with its reason. Pure.
import {
  checkTrack,
  countSamples,
  MalformedError,
  type MaskedCells,
  readUpload,
  type Upload,
  type UploadMalformation,
} from '../../proto/index.ts'
import { answers, type TrackReason } from '../answers.ts'
import type { Identity, OutgoingTrack } from '../ports.ts'
import type { Refusal } from '../problem.ts'
import { createEnvelopes } from './envelope.ts'

interface RejectedTrack {
  readonly index: number
  readonly reason: TrackReason
  readonly detail: string
  readonly temporary: boolean
}

/** Cells of an accepted track that count as missing: three voltages of track 0, of which the first is that of sample 17. */
interface MaskedInTrack extends MaskedCells {
  readonly index: number
}

/** An upload of which at least one track is accepted. */
export interface CheckedUpload {
  readonly uploadId: string
  readonly accepted: readonly OutgoingTrack[]
  readonly samples: number
  readonly rejected: readonly RejectedTrack[]
  readonly masked: readonly MaskedInTrack[]
}

export interface Circumstances {
  readonly identity: Identity
  /** When the body had been read. */
  readonly receivedAtMs: number
  readonly newTrackId: (nowMs: number) => Uint8Array
  readonly maxTrackBytes: number
  /** Asked with the samples that all tracks announce, before any is decoded: why not now. */
  readonly refuseSamples: (samples: number) => Refusal | undefined
}

/**
 * Three tracks, the second of a foreign bike → `{ uploadId, accepted: [{ key, value }, …], samples: 600, rejected:
 * [{ index: 1, reason: 'bike_forbidden', detail, temporary: false }] }`. A Refusal where no track is accepted.
 */
export function checkUpload(bytes: Uint8Array, circumstances: Circumstances): CheckedUpload | Refusal {
  const upload = parse(bytes)
  if ('refused' in upload) return upload
  const { identity, receivedAtMs, newTrackId, refuseSamples } = circumstances
  const { uploadId, attempt } = upload
  const refused = refuseSamples(upload.tracks.reduce((sum, track) => sum + countSamples(track), 0))
  if (refused !== undefined) return { ...refused, members: { uploadId } }
  const accepted: { key: Uint8Array; index: number; samples: number; bytes: Uint8Array }[] = []
  const rejected: RejectedTrack[] = []
  const masked: MaskedInTrack[] = []
  for (const [index, track] of upload.tracks.entries()) {
    const outcome = checkOne(track, circumstances)
    if ('reason' in outcome) {
      rejected.push({ index, ...outcome, temporary: answers[outcome.reason].temporary })
      continue
    }
    const { key, samples } = outcome
    accepted.push({ key, samples, index, bytes: track })
    for (const cells of outcome.masked) masked.push({ index, ...cells })
  }
  if (accepted.length === 0) return nothingAccepted(uploadId, rejected)
  const sender = identity.subject
  const envelope = createEnvelopes({ uploadId, attempt, sender, receivedAtMs, tracks: accepted.length })
  return {
    uploadId,
    accepted: accepted.map(({ key, ...track }) => ({
      key,
      value: envelope({ ...track, trackId: newTrackId(receivedAtMs) }),
    })),
    samples: accepted.reduce((sum, { samples }) => sum + samples, 0),
    rejected,
    masked,
  }
}

function parse(bytes: Uint8Array): Upload | Refusal {
  try {
    return readUpload(bytes)
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return { refused: error.reason as UploadMalformation, detail: withoutReason(error) }
  }
}

type TrackOutcome =
  | { key: Uint8Array; samples: number; masked: readonly MaskedCells[] }
  | { reason: TrackReason; detail: string }

function checkOne(bytes: Uint8Array, { identity, maxTrackBytes }: Circumstances): TrackOutcome {
  if (bytes.length > maxTrackBytes) {
    return { reason: 'track_too_large', detail: `${bytes.length} bytes, at most ${maxTrackBytes}` }
  }
  try {
    const { bikeId, samples, masked } = checkTrack(bytes)
    const key = identity.bikes.get(bikeId)
    if (key === undefined) return { reason: 'bike_forbidden', detail: `the token does not cover ${bikeId}` }
    return { key, samples, masked }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return { reason: error.reason as TrackReason, detail: withoutReason(error) }
  }
}

function nothingAccepted(uploadId: string, rejected: readonly RejectedTrack[]): Refusal {
  const forbidden = rejected.every(({ reason }) => reason === 'bike_forbidden')
  return {
    refused: forbidden ? 'bikes_forbidden' : 'nothing_readable',
    detail: `none of ${rejected.length} tracks was accepted`,
    members: { uploadId, rejected },
  }
}

function withoutReason({ reason, message }: MalformedError): string {
  return message.startsWith(`${reason}: `) ? message.slice(reason.length + 2) : message
}

/** A device that is wrong in each of its tracks is told of the first ones. */
const mostMaskedTold = 100

/** The body of the 202. */
export function acceptanceOf({ uploadId, accepted, samples, rejected, masked }: CheckedUpload): object {
  const told = masked.slice(0, mostMaskedTold)
  return { uploadId, accepted: { tracks: accepted.length, samples }, rejected, masked: told }
}
