// What fuzzing starts from: the bytes of every released schema, uploads of simulated rides, and tracks at the edges of all ranges.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type FieldKey,
  fields,
  type Kind,
  kinds,
  limits,
  readTrack,
  readUpload,
  type Track,
  writeTrack,
  writeUpload,
} from '../../proto/index.ts'
import { createBike, createRandom, type Random, randomUuid } from '../../simulator/index.ts'

export interface Materials {
  readonly tracks: readonly Uint8Array[]
  readonly uploads: readonly Uint8Array[]
  /** Records of the pipeline's topics, by the name of their message. */
  readonly records: Readonly<Record<RecordName, Uint8Array>>
  /** The bikes of tracks and uploads that a token may cover. */
  readonly bikeIds: readonly string[]
  /** Of a bike that no token covers. */
  readonly foreignTrack: Uint8Array
}

export const recordNames = [
  'raw-track',
  'clean-track',
  'stored-track',
  'track-outcome',
  'quarantined-track',
] as const
export type RecordName = (typeof recordNames)[number]

const corpusDir = join(import.meta.dirname, '../../proto/corpus')
const seed = 6
const rides = 4
const startMs = Date.UTC(2025, 5, 2, 7)

export function gatherMaterials(): Materials {
  const random = createRandom(seed)
  const foreignTrack = writeTrack(edgeTrack('fault', 'max', random))
  const versions = readdirSync(corpusDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(corpusDir, name))
    .sort()
  const files = versions.flatMap((dir) => readdirSync(dir).map((name) => join(dir, name)))
  const corpus = (match: RegExp) => files.filter((file) => match.test(file)).map((file) => bytesOf(file))
  const corpusUploads = corpus(/\/upload\.bin$/)
  const corpusTracks = corpus(/\/track-(ride|battery|motor|fault)\.bin$/)
  const ridden = Array.from({ length: rides }, (_, index) => tracksOfRide(index))
  const edges = kinds.flatMap((kind) => [edgeTrack(kind, 'min', random), edgeTrack(kind, 'max', random)])
  const tracks = [...corpusTracks, ...ridden.flat(), ...edges, ...ridden.flat().map(asSensorsFail)].map(
    (track) => (track instanceof Uint8Array ? track : writeTrack(track)),
  )
  const uploads = [
    ...corpusUploads,
    ...ridden.map((each) =>
      uploadOf(
        each.map((track) => writeTrack(track)),
        random,
      ),
    ),
  ]
  const bikeIds = new Set([...tracks, ...uploads.flatMap((bytes) => readUpload(bytes).tracks)].map(bikeOf))
  // A version has the files that differ from those of the version before.
  const newest = (name: RecordName) =>
    bytesOf(files.findLast((file) => file.endsWith(`/${name}.bin`)) ?? join(corpusDir, `${name}.bin`))
  const records = Object.fromEntries(recordNames.map((name) => [name, newest(name)])) as Record<
    RecordName,
    Uint8Array
  >
  return { tracks, uploads, records, bikeIds: [...bikeIds], foreignTrack }
}

/** A sound upload of tracks, whatever they are. */
export function uploadOf(tracks: readonly Uint8Array[], random: Random): Uint8Array {
  const id = randomUuid(random)
  return writeUpload({
    uploadId: `${id.slice(0, 14)}7${id.slice(15)}`,
    attempt: {
      sentAtMs: startMs + random.integer(0, 1e9),
      bootId: 7,
      monotonicMs: random.integer(0, 1e9),
      clockEpoch: 2,
    },
    tracks,
  })
}

function tracksOfRide(index: number): Track[] {
  const bike = createBike(seed, index)
  const clock = { bootId: 7, clockEpoch: 2, monotonicStartMs: 1_000 }
  return bike.ride({ startMs, seconds: 15 + 15 * index }).map(({ kind, timesMs, columns }) => ({
    ...{ bikeId: bike.bikeId, recorderId: bike.recorderId, kind, clock, timesMs, columns },
  }))
}

/** Every column of the kind, all cells at one end of their range, and the latest times there are. */
function edgeTrack(kind: Kind, edge: 'min' | 'max', random: Random): Track {
  const samples = random.integer(1, 20)
  const timesMs = Array.from({ length: samples }, (_, i) => limits.timeMs - samples + i)
  const columns = fields[kind].map((field) => ({ key: field.key, values: timesMs.map(() => field[edge]) }))
  const clock = { bootId: 2 ** 32 - 1, clockEpoch: 2 ** 32 - 1, monotonicStartMs: Number.MAX_SAFE_INTEGER }
  const ids = { bikeId: randomUuid(random), recorderId: randomUuid(random) }
  return { ...ids, kind, clock, sequence: Number.MAX_SAFE_INTEGER, timesMs, columns }
}

/** As sensors fail: no fix, half a position, codes for no value, cells out of range; and its times are seconds. */
function asSensorsFail(track: Track): Track {
  const wrong: Partial<Record<FieldKey, number>> = {
    ...{ latitude_deg: 0, longitude_deg: 0, cadence_rpm: 255, speed_kmh: -1 },
    ...{ voltage_v: 0xffff, state_of_charge_pct: 0xff00, motor_power_w: 0x7fffffff, fault_severity: 0 },
  }
  const columns = track.columns.map(({ key, values }) => ({
    key,
    values: Array.from(values, (value, i) => (i % 3 === 0 ? (wrong[key] ?? value) : value)),
  }))
  const [latitude, longitude] = ['latitude_deg', 'longitude_deg'].map((key) =>
    columns.find((each) => each.key === key),
  )
  if (latitude !== undefined && longitude !== undefined) {
    latitude.values[1] = Number.NaN
    longitude.values[0] = 0xffffffff
  }
  const [first = 0] = Array.from(track.timesMs)
  return { ...track, timesMs: Array.from(track.timesMs, (_, i) => first + i), columns }
}

function bikeOf(track: Uint8Array): string {
  return readTrack(track).bikeId
}

function bytesOf(file: string): Uint8Array {
  return new Uint8Array(readFileSync(file))
}
