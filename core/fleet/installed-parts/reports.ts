// From clean tracks to the newest report of each bike about each slot, and which reports are kept. Pure.
import { fromBinary } from '@bufbuild/protobuf'
import { CleanTrackSchema, readParts } from '../../../proto/index.ts'
import { readCleanRecord } from '../../telemetry/contracts/clean-samples.ts'
import { normaliseSerialNumber } from '../statements/serial-number.ts'
import {
  bikeSubject,
  componentSubject,
  frameSubject,
  locksOf,
  type SubjectLock,
} from '../statements/subjects.ts'
import { reconcileParts, typeIn, typeOfSlot } from './compare.ts'
import type { InstalledPartPlan, KeptReports, PartReport, ReportingBikes } from './port.ts'

/**
 * Reads the parts that a record of telemetry.clean names. Most name none, and their columns stay unread. Throws when the bytes
 * are no clean track.
 *
 *     a track with parts battery: " ba1" → [{slot: 'battery', serialNumber: 'BA1', toldAtMs: its last clean sample, …}]
 */
export function reportsOf(record: Uint8Array): PartReport[] {
  const { raw } = fromBinary(CleanTrackSchema, record)
  if (raw === undefined) throw new Error('the record has no track')
  const parts = readParts(raw.track)
  if (parts.length === 0) return []
  const { track, trackId, ranges, clockOffsetMs } = readCleanRecord(record)
  const last = Math.max(...ranges.map(({ first, count }) => first + count - 1))
  const recordedMs = track.timesMs[last]
  if (recordedMs === undefined) return []
  const toldAtMs = Math.trunc(recordedMs + clockOffsetMs)
  return parts
    .map((part) => ({ ...part, serialNumber: normaliseSerialNumber(part.serialNumber) }))
    .filter(({ serialNumber }) => serialNumber !== '')
    .map((part) => ({ bikeId: track.bikeId, ...part, toldAtMs, trackId }))
}

/** One report a bike and slot, the newest, in the order of bikes and slots. */
export function newestReports(reports: readonly PartReport[]): PartReport[] {
  const newest = new Map<string, PartReport>()
  for (const report of reports) {
    const before = newest.get(placeOf(report))
    if (before === undefined || isNewer(report, before)) newest.set(placeOf(report), report)
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, report]) => report)
}

const placeOf = ({ bikeId, slot }: PartReport) => `${bikeId} ${slot}`

/** A total order of the reports themselves, so that no order of delivery matters. */
function isNewer(report: PartReport, before: PartReport): boolean {
  return report.toldAtMs === before.toldAtMs
    ? report.trackId > before.trackId
    : report.toldAtMs > before.toldAtMs
}

/** Bikes have a handful of slots; of a bike that makes up names only the latest are remembered. */
export const mostSlots = 32

/** Reports that are newer than what is stored of their slot, and slots that are told of longest ago where a bike has too many. */
export function keepReports(reports: readonly PartReport[], stored: readonly PartReport[]): KeptReports {
  const known = new Map(stored.map((report) => [placeOf(report), report]))
  const news = newestReports(reports).filter((report) => {
    const before = known.get(placeOf(report))
    return before === undefined || isNewer(report, before)
  })
  for (const report of news) known.set(placeOf(report), report)
  const bikes = new Set(news.map(({ bikeId }) => bikeId))
  const forget = [...bikes].flatMap((bikeId) =>
    [...known.values()]
      .filter((report) => report.bikeId === bikeId)
      .sort((a, b) => b.toldAtMs - a.toldAtMs || (a.slot < b.slot ? -1 : 1))
      .slice(mostSlots),
  )
  return { keep: news.filter((report) => !forget.includes(report)), forget }
}

/**
 * The same locks as of statements about these bikes and components, so that neither side overlooks what the other one is just
 * writing: the names of the bikes, of what they reported so far, and of what they report now.
 */
export function locksFor(
  reports: readonly PartReport[],
  { frameNumbers, reports: stored }: ReportingBikes,
): SubjectLock[] {
  const types = new Map(stored.map((report) => [placeOf(report), typeIn(report)]))
  const components = reports.map((report) => {
    return { ...report, type: types.get(placeOf(report)) ?? typeOfSlot(report.slot) }
  })
  return locksOf([
    ...new Set(reports.map(({ bikeId }) => bikeSubject(bikeId))),
    ...frameNumbers.map(frameSubject),
    ...stored.map((report) => componentSubject({ ...report, type: typeIn(report) })),
    ...components.map(componentSubject),
  ])
}

export const installedPartPlan: InstalledPartPlan = { locksFor, keep: keepReports, reconcile: reconcileParts }
