// One month of a rider's own data: its files, and at the end a manifest that says what is in them. Pure.
import { fields, kinds } from '../../../../proto/index.ts'
import { createHash } from '../../../runtime/digest.ts'
import type { ClockRule } from '../../../telemetry/normalize/port.ts'
import type { ClockCorrection } from './clocks.ts'
import type { Month } from './port.ts'
import type { ZipEntry } from './zip.ts'

const mostFiles = 40_000

export interface ExportPart {
  readonly riderId: string
  readonly month: Month
  readonly generatedAtMs: number
}

export interface ExportFile {
  readonly path: string
  readonly mediaType: string
  /** What the file has, for people. */
  readonly about: string
  /** How the times in the file were corrected, asked for when it was read; none where it has no samples. */
  readonly clocks: () => readonly ClockCorrection[]
  readonly bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

const clockRules: Readonly<Record<ClockRule, string>> = {
  monotonic:
    'The offset comes from the clock that no one sets, since the samples were sent in the boot in which they were recorded.',
  sent_at: 'The offset is the time of receipt less the time of sending by the clock that recorded.',
  none: 'Nothing was known of the clock: the times are as they were recorded.',
}

/** By the end of a metric's name. */
const units: Readonly<Record<string, string>> = {
  ...{ deg: '°', kmh: 'km/h', m: 'm', rpm: '1/min', w: 'W', c: '°C', pct: '%', v: 'V', a: 'A', nm: 'N·m' },
}

/**
 * The files as entries of an archive, followed by `manifest.json`: schema, month, the units and ranges of all metrics, how clocks were
 * corrected, and of each file its bytes and SHA-256, which are counted while it flows. Throws a RangeError at the 40,001st file.
 */
export async function* withManifest(
  part: ExportPart,
  files: AsyncIterable<ExportFile>,
): AsyncGenerator<ZipEntry> {
  const { riderId, month, generatedAtMs } = part
  const listed: object[] = []
  for await (const { bytes, clocks, ...file } of files) {
    if (listed.length === mostFiles) throw new RangeError(`a part has at most ${mostFiles} files`)
    const counted = count(bytes)
    yield { path: file.path, modifiedAtMs: generatedAtMs, bytes: counted.bytes }
    listed.push({ ...file, clocks: clocks(), ...counted.result() })
  }
  const manifest = {
    schema: 'micro-mobility-cloud/export/1',
    ...{ riderId, month, generatedAt: new Date(generatedAtMs).toISOString() },
    times:
      'UTC, after correction. The recorded time is the time in the file less the offset, which stands beside each sample in telemetry/.',
    ...{ clockRules, metrics: metrics(), files: listed },
  }
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  yield { path: 'manifest.json', modifiedAtMs: generatedAtMs, bytes: [new TextEncoder().encode(text)] }
}

/** Passes bytes on; how many there were is known when all were read. */
function count(bytes: ExportFile['bytes']) {
  const digest = createHash('sha256')
  let length = 0
  async function* passed() {
    for await (const chunk of bytes) {
      digest.update(chunk)
      length += chunk.length
      yield chunk
    }
  }
  return { bytes: passed(), result: () => ({ bytes: length, sha256: digest.digest('hex') }) }
}

/** `speed_kmh` → `{ kind: 'ride', unit: 'km/h', resolution: 0.001, min: 0, max: 200 }`. */
function metrics() {
  const entries = kinds.flatMap((kind) =>
    fields[kind].map(({ key, scale, min, max }) => {
      const unit = units[key.slice(key.lastIndexOf('_') + 1)] ?? '1'
      return [key, { kind, unit, resolution: 1 / scale, min: min / scale, max: max / scale }] as const
    }),
  )
  return Object.fromEntries(entries)
}
