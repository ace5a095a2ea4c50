// Bytes per sample on the wire: whole uploads of five minutes, as JSON, as one message a sample, and as columns.
import { randomUUID } from 'node:crypto'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { type Compression, encodeAttempt, identity, sealUpload } from '../client/index.ts'
import { nodeBrotli, nodeGzip } from '../client/node/index.ts'
import { loadRides } from '../demo/rides.ts'
import { type AttemptClock, type FieldKey, fields, type Track } from '../proto/index.ts'
import type { Bench } from './report.ts'

/** A recorded ride: integers in the fields' scales, NaN where a cell is missing. */
export interface Ride {
  readonly timesMs: ArrayLike<number>
  readonly columns: Track['columns']
}

export interface WireRow {
  readonly format: Format
  readonly encoding: Encoding
  readonly bytesPerSample: number
}

const samplesPerUpload = 300

const encodings = {
  plain: identity,
  gzip: nodeGzip,
  'Brotli 9': nodeBrotli({ quality: 9 }),
  'Brotli 11': nodeBrotli(),
} as const satisfies Record<string, Compression>

type Encoding = keyof typeof encodings

/** How an upload of one track becomes bytes. */
const formats = {
  JSON: async (track, clock, { compress }) =>
    (await compress(new TextEncoder().encode(JSON.stringify(asJson(track, clock))))).length,
  'one message a sample': async (track, clock, { compress }) =>
    (await compress(asMessages(track, clock) as Uint8Array<ArrayBuffer>)).length,
  'columns of differences': async (track, clock, compression) =>
    (await encodeAttempt(sealUpload({ tracks: [track] }), clock, compression)).body.length,
} as const satisfies Record<
  string,
  (track: Track, clock: AttemptClock, compression: Compression) => Promise<number>
>

type Format = keyof typeof formats

/** Every format in every encoding, ids and clocks of each upload included. */
export async function measureWire(rides: readonly Ride[]): Promise<{ samples: number; rows: WireRow[] }> {
  const tracks = rides.flatMap(tracksOf)
  const samples = tracks.reduce((sum, track) => sum + track.timesMs.length, 0)
  const rows: WireRow[] = []
  for (const [format, encode] of Object.entries(formats) as [Format, (typeof formats)[Format]][]) {
    for (const [encoding, compression] of Object.entries(encodings) as [Encoding, Compression][]) {
      let bytes = 0
      for (const track of tracks) bytes += await encode(track, clockAfter(track), compression)
      rows.push({ format, encoding, bytesPerSample: bytes / samples })
    }
  }
  return { samples, rows }
}

function tracksOf({ timesMs, columns }: Ride): Track[] {
  const ids = { bikeId: randomUUID(), recorderId: randomUUID() }
  const bootedMs = (timesMs[0] as number) - 86_400_000
  return Array.from({ length: Math.ceil(timesMs.length / samplesPerUpload) }, (_, i) => {
    const cut = (cells: ArrayLike<number>) =>
      Array.from(cells).slice(i * samplesPerUpload, (i + 1) * samplesPerUpload)
    const times = cut(timesMs)
    return {
      ...ids,
      kind: 'ride',
      clock: { bootId: 37, clockEpoch: 41, monotonicStartMs: (times[0] as number) - bootedMs },
      sequence: 400 + i,
      recordingId: 412,
      timesMs: times,
      columns: columns.map(({ key, values }) => ({ key, values: cut(values) })),
    }
  })
}

/** The clocks of an attempt a second after the last sample. */
function clockAfter({ timesMs, clock }: Track): AttemptClock {
  const first = timesMs[0] as number
  const sentAtMs = (timesMs[timesMs.length - 1] as number) + 1_234
  const monotonicMs = (clock.monotonicStartMs ?? 0) + sentAtMs - first
  return { sentAtMs, monotonicMs, bootId: clock.bootId, clockEpoch: clock.clockEpoch }
}

function asJson({ timesMs, columns, ...facts }: Track, attempt: AttemptClock): object {
  const samples = Array.from(timesMs, (timeMs, i) => {
    const values = columns.map(({ key, values }) => {
      const { scale } = fields.ride.find((field) => field.key === key) ?? { scale: 1 }
      return [key, (values[i] as number) / scale] as const
    })
    const present = values.filter(([, value]) => !Number.isNaN(value))
    return { time: new Date(timeMs).toISOString(), ...Object.fromEntries(present) }
  })
  return { uploadId: randomUUID(), attempt, ...facts, samples }
}

function asMessages({ timesMs, columns }: Track, attempt: AttemptClock): Uint8Array {
  const writer = new BinaryWriter()
  for (let field = 1; field <= 3; field++) {
    writer.tag(field, WireType.LengthDelimited).bytes(crypto.getRandomValues(new Uint8Array(16)))
  }
  for (const [i, value] of Object.values(attempt).entries()) writer.tag(4 + i, WireType.Varint).uint64(value)
  for (let i = 0; i < timesMs.length; i++) {
    writer.tag(8, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.Varint).int64(timesMs[i] as number)
    for (const [j, { values }] of columns.entries()) {
      const value = values[i] as number
      if (!Number.isNaN(value)) writer.tag(2 + j, WireType.Varint).sint64(value)
    }
    writer.join()
  }
  return writer.finish()
}

/** The metrics that every recorded ride has, at full recorded precision. */
const measured: readonly FieldKey[] = [
  'latitude_deg',
  'longitude_deg',
  'altitude_m',
  'odometer_m',
  'speed_kmh',
]
const goal = 5.4

export const run: Bench = async ({ tripsDir, progress }) => {
  const rides = (await loadRides(tripsDir)).flatMap(({ series }) =>
    series
      .filter(({ kind }) => kind === 'ride')
      .map(({ timesMs, columns }) => ({
        timesMs,
        columns: columns.filter(({ key }) => measured.includes(key)),
      })),
  )
  progress(`encoding ${rides.length} rides`)
  const { samples, rows } = await measureWire(rides)
  const of = (format: Format, encoding: Encoding) =>
    rows.find((row) => row.format === format && row.encoding === encoding)?.bytesPerSample ?? Number.NaN
  const best = of('columns of differences', 'Brotli 11')
  return {
    title: `bytes per sample, ${samples} samples of ${rides.length} rides in uploads of ${samplesPerUpload}`,
    rows: (Object.keys(formats) as Format[]).map((format) => ({
      format,
      ...Object.fromEntries(
        (Object.keys(encodings) as Encoding[]).map((encoding) => [encoding, of(format, encoding)]),
      ),
    })),
    goals: [
      {
        what: 'bytes per sample after Brotli',
        goal: `≤ ${goal}`,
        measured: best.toFixed(3),
        reached: best <= goal,
      },
    ],
    figures: { samples, rows },
  }
}
