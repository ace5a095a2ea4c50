// What must come of bytes by the contract, told by the codec alone; and what must hold of the codec itself. Pure.
import {
  checkTrack,
  type DecodedTrack,
  limits,
  MalformedError,
  readTrack,
  readUpload,
  writeTrack,
} from '../../proto/index.ts'

export type Verdict =
  | { readonly status: 202; readonly tracks: number; readonly samples: number }
  | { readonly status: 400 | 403 | 413 }

/** Of a sound head and a body that is sound as far as its packing goes. */
export function verdictOn(
  plain: Uint8Array,
  {
    packedBytes,
    isCompressed,
    bikeIds,
  }: { packedBytes: number; isCompressed: boolean; bikeIds: ReadonlySet<string> },
): Verdict {
  if (packedBytes > limits.compressedBytes) return { status: 413 }
  const most = Math.min(limits.decompressedBytes, Math.max(limits.ratioFreeBytes, packedBytes * limits.ratio))
  if (isCompressed && plain.length > most) return { status: 413 }
  const upload = outcomeOf(() => readUpload(plain))
  if ('malformed' in upload) return { status: 400 }
  const tracks = upload.value.tracks.map((bytes) => outcomeOf(() => checkTrack(bytes)))
  const readable = tracks.flatMap((track) => ('value' in track ? [track.value] : []))
  const covered = readable.filter(({ bikeId }) => bikeIds.has(bikeId))
  if (covered.length === 0) return { status: readable.length === tracks.length ? 403 : 400 }
  return {
    status: 202,
    tracks: covered.length,
    samples: covered.reduce((sum, { samples }) => sum + samples, 0),
  }
}

/** What is wrong with the codec, in words, as these bytes show; undefined, when nothing is. */
export function codecFault(bytes: Uint8Array): string | undefined {
  try {
    const upload = outcomeOf(() => readUpload(bytes))
    const tracks = 'value' in upload ? upload.value.tracks : []
    return [bytes, ...tracks].map(trackFault).find((fault) => fault !== undefined)
  } catch (error) {
    return `the codec threw ${inWords(error)}`
  }
}

function trackFault(bytes: Uint8Array): string | undefined {
  const read = outcomeOf(() => readTrack(bytes))
  const checked = outcomeOf(() => checkTrack(bytes))
  if ('malformed' in read || 'malformed' in checked) {
    const [reading, checking] = [read, checked].map((one) => ('malformed' in one ? one.malformed : 'nothing'))
    return reading === checking ? undefined : `readTrack finds ${reading}, checkTrack finds ${checking}`
  }
  if (read.value.timesMs.length !== checked.value.samples) return 'readTrack and checkTrack count differently'
  const again = readTrack(writeTrack(read.value))
  return isSame(read.value, again) ? undefined : 'written and read again, a track is another one'
}

function isSame(a: DecodedTrack, b: DecodedTrack): boolean {
  const present = ({ columns }: DecodedTrack) =>
    columns.filter(({ values }) => values.some((value) => !Number.isNaN(value)))
  const [left, right] = [present(a), present(b)]
  return (
    JSON.stringify([a.bikeId, a.recorderId, a.kind, a.clock, a.sequence]) ===
      JSON.stringify([b.bikeId, b.recorderId, b.kind, b.clock, b.sequence]) &&
    sameCells(a.timesMs, b.timesMs) &&
    left.length === right.length &&
    left.every(({ key, values }, i) => key === right[i]?.key && sameCells(values, right[i]?.values ?? []))
  )
}

function sameCells(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (value, i) => Object.is(value, b[i]))
}

/** Lets everything pass but MalformedError, which is the only one that the codec may throw. */
function outcomeOf<T>(work: () => T): { value: T } | { malformed: string } {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof MalformedError) return { malformed: error.reason }
    throw error
  }
}

function inWords(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
