// The edge's answer to an upload, as docs/upload-api.md promises it.

export interface RejectedTrack {
  /** Position of the track in the attempt that was answered. */
  readonly index: number
  readonly reason: string
  readonly detail: string
  /** True: send this track again later. False: never. */
  readonly temporary: boolean
}

/** Cells of a track that the platform took as missing: out of range, a code for no value, half a position, or 0/0. */
interface MaskedCells {
  /** Position of the track in the attempt that was answered. */
  readonly index: number
  /** The field, such as `voltage_v`. */
  readonly key: string
  readonly reason: string
  readonly cells: number
  /** The first sample of which the cell is missing. */
  readonly first: number
}

/** The body of a 202. */
export interface UploadAnswer {
  readonly uploadId: string
  readonly accepted: { readonly tracks: number; readonly samples: number }
  readonly rejected: readonly RejectedTrack[]
  /** For the log of the app's developer; nothing is to be done. An edge of before does not tell. */
  readonly masked?: readonly MaskedCells[]
}

export interface SortedTracks {
  readonly tracks: readonly Uint8Array[]
  readonly answers: readonly RejectedTrack[]
}

/** The tracks of an upload that the edge will never take, and those to send again later; all others it took. */
export function sortTracks(
  upload: { readonly tracks: readonly Uint8Array[] },
  answer: UploadAnswer,
): { never: SortedTracks; later: SortedTracks } {
  const pick = (temporary: boolean): SortedTracks => {
    const answers = answer.rejected.filter((track) => track.temporary === temporary)
    const indexes = new Set(answers.map(({ index }) => index))
    return { answers, tracks: upload.tracks.filter((_, index) => indexes.has(index)) }
  }
  return { never: pick(false), later: pick(true) }
}

/** Reads the body of a 202; undefined when it is something else, such as a captive portal's page. */
export function parseAnswer(text: string): UploadAnswer | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isAnswer(value) ? value : undefined
}

function isAnswer(value: unknown): value is UploadAnswer {
  const answer = value as Partial<UploadAnswer> | null
  return (
    typeof answer?.uploadId === 'string' &&
    typeof answer.accepted?.tracks === 'number' &&
    typeof answer.accepted.samples === 'number' &&
    Array.isArray(answer.rejected) &&
    answer.rejected.every(
      (track) => Number.isInteger(track?.index) && track.index >= 0 && typeof track.temporary === 'boolean',
    )
  )
}
