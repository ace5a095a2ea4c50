// The files of a month of a rider's own export, made one after the other while they are read.
import { fromBinary } from '@bufbuild/protobuf'
import { fields, kinds, QuarantinedTrackSchema, readTrack } from '../../../../proto/index.ts'
import type { Sample, TelemetryReader } from '../../../engines/elasticsearch/port.ts'
import type { RideNotes } from '../../rides/notes-port.ts'
import type { Ride, RideReader } from '../../rides/port.ts'
import { wordsOf } from '../../rides/words.ts'
import { type Cell, csvLine } from '../files/csv.ts'
import { formats, type RideFormat, rideFile } from '../files/formats.ts'
import { toChunks, utcTime } from '../files/text.ts'
import { readRideStreams, samplePages } from '../read-streams.ts'
import { clockList } from './clocks.ts'
import type { ExportFile } from './part.ts'
import {
  type OwnedTime,
  type OwnRecords,
  type QuarantinedRecord,
  type RecordKind,
  type RiderTime,
  recordKinds,
} from './port.ts'

/** The stores from which an export is read. */
export interface ExportStores extends TelemetryReader {
  readonly ownRecords: OwnRecords
  readonly rides: Pick<RideReader, 'ridesOf'>
  readonly rideNotes: Pick<RideNotes, 'notesOf'>
  modulesOf(bikeId: string): Promise<readonly { readonly deviceId: string }[]>
}

const about: Readonly<Record<RecordKind, string>> = {
  profile:
    'What holds now: your privacy zones, your consents, the settings of your bikes, and the reference under which rides are published',
  ownership: 'Bikes that became yours in this month, and until when they were',
  'ownership-changes': 'How bikes became yours or ceased to be, and when',
  'ownership-cases': 'Disputes about a bike of yours that staff opened',
  offers: 'Offers that you made of a bike',
  notices: 'What the platform told you',
  consents: 'What you consented to and withdrew, and which text you were shown',
  grants: 'Whom you let read a bike',
  commands: 'Commands to bikes while they were yours',
  accesses: 'Who of staff looked at your data, and why',
  uploads: 'What you uploaded, and what became of the samples',
  clocks: 'What was decided about the clocks of your recorders',
  'ride-notes': 'What you said of rides',
}

/** In order: records, the quarantine, the rides that began in the month, and all its samples. Files that would be empty are left out. */
export async function* exportFiles(time: RiderTime, stores: ExportStores): AsyncGenerator<ExportFile> {
  for (const kind of recordKinds) {
    yield* jsonFile(`${kind}.json`, about[kind], stores.ownRecords.read(kind, time))
  }
  const bikes = await stores.ownRecords.bikesOf(time.riderId)
  yield* jsonFile(
    'quarantine.json',
    'Samples that were not believed, and why',
    quarantine(time, bikes, stores),
  )
  yield* rideFiles(time, bikes, stores)
  for (const bike of bikes) yield* telemetryFile(time, bike, stores)
}

/** Nothing where there is no item. */
async function* jsonFile(
  path: string,
  about: string,
  pages: AsyncIterable<readonly object[]>,
): AsyncGenerator<ExportFile> {
  const reading = pages[Symbol.asyncIterator]()
  try {
    const { value: first, done } = await reading.next()
    if (done) return
    const bytes = jsonArrayOf(first, { [Symbol.asyncIterator]: () => reading })
    yield { path, mediaType: 'application/json', about, clocks: () => [], bytes }
  } finally {
    await reading.return?.()
  }
}

async function* jsonArrayOf(
  first: readonly object[],
  pages: AsyncIterable<readonly object[]>,
): AsyncGenerator<Uint8Array> {
  let before = '[\n'
  function* written(items: readonly object[]) {
    for (const item of items) {
      yield before + JSON.stringify(item)
      before = ',\n'
    }
  }
  yield* toChunks(written(first))
  for await (const page of pages) yield* toChunks(written(page))
  yield* toChunks(['\n]\n'])
}

async function* quarantine(
  time: RiderTime,
  bikes: readonly OwnedTime[],
  { ownRecords }: ExportStores,
): AsyncGenerator<readonly object[]> {
  for await (const entry of ownRecords.quarantined(time)) {
    const told = quarantinedEntry(entry, { riderId: time.riderId, bikes })
    if (told !== undefined) yield [told]
  }
}

/**
 * Undefined where the track is not the rider's: a phone's is its sender's; a module's is the rider's whose the bike was at each recorded
 * time, and nobody's where the track cannot be read. Values are integers in steps of `resolution` of the manifest's metrics.
 */
function quarantinedEntry(
  { record, quarantinedAtMs, ...entry }: QuarantinedRecord,
  { riderId, bikes }: { readonly riderId: string; readonly bikes: readonly OwnedTime[] },
): object | undefined {
  const { raw } = fromBinary(QuarantinedTrackSchema, record)
  if (raw === undefined) return undefined
  const track = trackIn(raw.track)
  const { windows = [] } = bikes.find(({ bikeId }) => bikeId === entry.bikeId) ?? {}
  const isOwn = (timeMs: number) => windows.some(({ fromMs, toMs }) => timeMs >= fromMs && timeMs < toMs)
  const isRiders =
    raw.device === undefined
      ? raw.sender === riderId
      : track?.timesMs.every((timeMs) => isOwn(timeMs)) === true
  if (!isRiders) return undefined
  const recorded = track && {
    ...{ recorderId: track.recorderId, kind: track.kind, clock: track.clock, timesMs: [...track.timesMs] },
    columns: Object.fromEntries(
      track.columns.map(({ key, values }) => [
        key,
        [...values].map((value) => (Number.isNaN(value) ? null : value)),
      ]),
    ),
  }
  const facts = { ...entry, quarantinedAt: utcTime(quarantinedAtMs) }
  return recorded ? { ...facts, recorded } : { ...facts, bytes: Buffer.from(raw.track).toString('base64') }
}

function trackIn(bytes: Uint8Array) {
  try {
    return readTrack(bytes)
  } catch {
    return undefined
  }
}

const rideFormats = ['gpx', 'fit', 'csv', 'json'] as const satisfies RideFormat[]
const pageRides = 200

/** Of each ride that began in the month its files, and `rides.json` with the summaries of all. */
async function* rideFiles(
  time: RiderTime,
  bikes: readonly OwnedTime[],
  stores: ExportStores,
): AsyncGenerator<ExportFile> {
  yield* jsonFile('rides.json', 'Rides that began in this month, with summaries', summaries(time, stores))
  for await (const page of ridePages(time, stores)) {
    for (const { ride, words } of page) {
      const { bikeId, fromMs, untilMs, rideId } = ride
      const { windows = [] } = bikes.find((bike) => bike.bikeId === bikeId) ?? {}
      const moduleIds = (await stores.modulesOf(bikeId)).map(({ deviceId }) => deviceId)
      const read = await readRideStreams({ bikeId, fromMs, untilMs, windows, moduleIds }, stores)
      const named = { name: words.name ?? `Ride ${utcTime(fromMs)}`, streams: read.streams }
      for (const format of rideFormats) {
        const bytes = rideFile(named, format)
        if (bytes === undefined) continue
        const { mediaType } = formats[format]
        const path = `rides/${utcTime(fromMs).slice(0, 19).replaceAll(':', '')}Z-${rideId}.${format}`
        yield {
          path,
          mediaType,
          about: `A ride as ${format.toUpperCase()}`,
          clocks: () => read.clocks,
          bytes,
        }
      }
    }
  }
}

async function* summaries(time: RiderTime, stores: ExportStores): AsyncGenerator<readonly object[]> {
  for await (const page of ridePages(time, stores)) {
    yield page.map(({ ride: { rideId, bikeId, fromMs, untilMs, end, summary }, words }) => {
      const gaps = summary.gaps.map((gap) => ({ from: utcTime(gap.fromMs), until: utcTime(gap.untilMs) }))
      const told = { rideId, bikeId, from: utcTime(fromMs), until: utcTime(untilMs), end, ...words }
      return { ...told, summary: { ...summary, gaps } }
    })
  }
}

/** Rides with what the rider says of them, newest first. */
async function* ridePages({ riderId, fromMs, untilMs }: RiderTime, { rides, rideNotes }: ExportStores) {
  for (let after: Ride | undefined, more = true; more; ) {
    const page = await rides.ridesOf({ riderId, fromMs, untilMs, after, limit: pageRides })
    after = page.at(-1)
    more = page.length === pageRides
    if (after === undefined) return
    const lastMs = Math.max(...page.map((ride) => ride.untilMs))
    const notes = await rideNotes.notesOf({ riderId, fromMs: after.fromMs, untilMs: lastMs })
    yield page.map((ride) => ({ ride, words: wordsOf(ride, notes) }))
  }
}

const sampleMetrics = kinds.flatMap((kind) => fields[kind].map(({ key }) => key))
const sampleHeader = ['time_utc', 'kind', 'recorder_id', 'received_at_utc', 'clock_rule', 'clock_offset_ms']

async function* telemetryFile(
  { fromMs, untilMs }: RiderTime,
  { bikeId, windows }: OwnedTime,
  stores: ExportStores,
): AsyncGenerator<ExportFile> {
  const reading = samplePages({ bikeId, fromMs, toMs: untilMs, windows }, stores)
  try {
    const { value: first, done } = await reading.next()
    if (done) return
    const clocks = clockList()
    async function* bytes() {
      yield* toChunks([csvLine([...sampleHeader, ...sampleMetrics])])
      yield* toChunks(sampleLines(first as readonly Sample[], clocks))
      for await (const page of reading) yield* toChunks(sampleLines(page, clocks))
    }
    yield {
      ...{ path: `telemetry/${bikeId}.csv`, mediaType: 'text/csv; charset=utf-8', clocks: clocks.all },
      ...{ about: 'All samples of a bike while it was yours, in rides and outside of them', bytes: bytes() },
    }
  } finally {
    await reading.return(undefined)
  }
}

function* sampleLines(samples: readonly Sample[], clocks: ReturnType<typeof clockList>): Generator<string> {
  for (const { timeMs, kind, recorderId, values, provenance } of samples) {
    clocks.add(recorderId, provenance)
    const told: Cell[] = [
      utcTime(timeMs),
      kind,
      recorderId,
      utcTime(provenance.receivedAtMs),
      provenance.rule,
    ]
    yield csvLine([...told, provenance.offsetMs, ...sampleMetrics.map((metric) => values[metric] ?? null)])
  }
}
