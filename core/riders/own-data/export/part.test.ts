import { createHash } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { fields, kinds } from '../../../../proto/index.ts'
import { readZips } from '../../../../testkit/read-zip.ts'
import { encodeGpx } from '../files/gpx.ts'
import { toStreams } from '../streams.ts'
import { rideNorth } from '../testing/streams.ts'
import { type ExportFile, withManifest } from './part.ts'
import { zip } from './zip.ts'

const part = { riderId: 'r-1', month: '2026-11', generatedAtMs: Date.UTC(2026, 11, 1) }
const clocks = [
  { recorderId: 'recorder', rule: 'sent_at', leastOffsetMs: 300_000, greatestOffsetMs: 300_000 },
]

async function* each(files: readonly ExportFile[]) {
  yield* files
}

function file(path: string, bytes: ExportFile['bytes']): ExportFile {
  return { path, mediaType: 'application/gpx+xml', about: 'A ride', clocks: () => clocks, bytes }
}

const ride = { name: 'To work', streams: toStreams(rideNorth(2_000)) }
let archive: Map<string, Buffer>
let manifest: ReturnType<typeof JSON.parse>

beforeAll(async () => {
  const files = each([file('rides/1.gpx', encodeGpx(ride)), file('empty', [])])
  const chunks: Uint8Array[] = []
  for await (const chunk of zip(withManifest(part, files))) chunks.push(chunk)
  const [read] = await readZips([Buffer.concat(chunks)])
  archive = read ?? new Map()
  manifest = JSON.parse(String(archive.get('manifest.json')))
})

test('the manifest comes last, and has each file with its length and SHA-256', () => {
  expect([...archive.keys()]).toEqual(['rides/1.gpx', 'empty', 'manifest.json'])
  expect(archive.get('rides/1.gpx')?.equals(Buffer.concat([...encodeGpx(ride)]))).toBe(true)
  const described = { mediaType: 'application/gpx+xml', about: 'A ride', clocks }
  expect(manifest.files).toEqual(
    ['rides/1.gpx', 'empty'].map((path) => {
      const bytes = archive.get(path) as Buffer
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      return { path, ...described, bytes: bytes.length, sha256 }
    }),
  )
})

test('the manifest says whose data it is, of which month, and how clocks were corrected', () => {
  expect(manifest).toMatchObject({
    ...{ schema: 'micro-mobility-cloud/export/1', riderId: 'r-1', month: '2026-11' },
    generatedAt: '2026-12-01T00:00:00.000Z',
  })
  expect(Object.keys(manifest.clockRules)).toEqual(['monotonic', 'sent_at', 'none'])
})

test('each metric has its unit, which its name says, and its range', () => {
  const { metrics } = manifest
  expect(metrics.speed_kmh).toEqual({ kind: 'ride', unit: 'km/h', resolution: 0.001, min: 0, max: 200 })
  const keys = kinds.flatMap((kind) => fields[kind].map(({ key }) => key))
  expect(Object.keys(metrics)).toEqual(keys)
  const counts = ['assist_level', 'charge_cycles', 'fault_code', 'fault_severity', 'fault_active']
  expect(keys.filter((key) => metrics[key].unit === '1')).toEqual(counts)
})

test('a part has at most 40,000 files', async () => {
  const files = Array.from({ length: 40_001 }, (_, i) => file(`${i}`, []))
  const drain = async () => {
    let entries = 0
    for await (const _ of withManifest(part, each(files))) entries++
    return entries
  }
  await expect(drain()).rejects.toThrow('a part has at most 40000 files')
  files.pop()
  expect(await drain()).toBe(40_001)
})
