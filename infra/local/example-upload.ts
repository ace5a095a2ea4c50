// Writes an upload to stdout as a phone would send it: `example-upload.ts UPLOAD_ID | curl --data-binary @- …`.
// The ride is the minute before the id was made, so the same id gives the same samples again: a retry.
import { encodeAttempt } from '../../client/index.ts'
import { type Track, uuidBytes, writeTrack } from '../../proto/index.ts'
import { demonstration } from './demonstration.ts'

const samples = 60
const clock = { bootId: 1, clockEpoch: 0 }

const tracksUntil = (endMs: number): Track[] => {
  const each = (value: (second: number) => number) =>
    Array.from({ length: samples }, (_, second) => Math.round(value(second)))
  const common = {
    bikeId: demonstration.bikeId,
    recorderId: demonstration.recorderId,
    clock,
    timesMs: each((second) => endMs - (samples - second) * 1_000),
  }
  return [
    {
      ...common,
      kind: 'ride',
      columns: [
        { key: 'latitude_deg', values: each((second) => 487_758_000 + second * 540) },
        { key: 'longitude_deg', values: each((second) => 91_829_000 + second * 120) },
        { key: 'speed_kmh', values: each((second) => 21_600 + 900 * Math.sin(second / 6)) },
        { key: 'odometer_m', values: each((second) => 120_400_000 + second * 600) },
      ],
    },
    {
      ...common,
      kind: 'battery',
      columns: [{ key: 'state_of_charge_pct', values: each((second) => 805 - second / 12) }],
    },
  ]
}

/** A UUIDv7 begins with 48 bits of Unix milliseconds. */
const madeAtMs = (uploadId: string): number => Buffer.from(uuidBytes(uploadId)).readUIntBE(0, 6)

if (import.meta.main) {
  const [uploadId = ''] = process.argv.slice(2)
  const tracks = tracksUntil(madeAtMs(uploadId)).map((track) => writeTrack(track))
  const { body } = await encodeAttempt(
    { uploadId, tracks },
    { ...clock, sentAtMs: Date.now(), monotonicMs: 0 },
  )
  process.stdout.write(body)
}
