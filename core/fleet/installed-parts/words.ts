// From clean tracks to the newest word of each bike about each slot. Pure.
import { fromBinary } from '@bufbuild/protobuf'
import { CleanTrackSchema, readParts } from '../../../proto/index.ts'
import { readCleanRecord } from '../../telemetry/contracts/clean-samples.ts'
import { normaliseSerialNumber } from '../statements/serial-number.ts'
import type { PartWord } from './port.ts'

/** What a record of telemetry.clean says of parts; most say nothing, and their columns stay unread. Throws when the bytes are none. */
export function wordsOf(record: Uint8Array): PartWord[] {
  const { raw } = fromBinary(CleanTrackSchema, record)
  if (raw === undefined) throw new Error('the record has no track')
  const parts = readParts(raw.track)
  if (parts.length === 0) return []
  const { track, trackId, ranges, clockOffsetMs } = readCleanRecord(record)
  const last = Math.max(...ranges.map(({ first, count }) => first + count - 1))
  const recordedMs = track.timesMs[last]
  if (recordedMs === undefined) return []
  const toldAtMs = recordedMs + clockOffsetMs
  return parts
    .map((part) => ({ ...part, serialNumber: normaliseSerialNumber(part.serialNumber) }))
    .filter(({ serialNumber }) => serialNumber !== '')
    .map((part) => ({ bikeId: track.bikeId, ...part, toldAtMs, trackId }))
}

/** One word a bike and slot, the newest, in the order of bikes and slots. */
export function newestWords(words: readonly PartWord[]): PartWord[] {
  const newest = new Map<string, PartWord>()
  for (const word of words) {
    const place = `${word.bikeId} ${word.slot}`
    const before = newest.get(place)
    if (before === undefined || isNewer(word, before)) newest.set(place, word)
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, word]) => word)
}

/** A total order of the words themselves, so that no order of delivery matters. The store has the same. */
function isNewer(word: PartWord, before: PartWord): boolean {
  return word.toldAtMs === before.toldAtMs ? word.trackId > before.trackId : word.toldAtMs > before.toldAtMs
}
