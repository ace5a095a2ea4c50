// GPX as two Python programs see it: gpx holds it against the schema of GPX 1.1, gpxpy reads it.
import { fileURLToPath } from 'node:url'
import { toStderr } from '../../../../infra/local/index.ts'
import { pythonWith } from '../../../../infra/local/python.ts'
import { run } from '../../../../infra/local/run.ts'

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url))
const longestMs = 60_000

const program = `
import json, sys
import gpx, gpxpy

def point(p):
    extensions = {e.tag: float(e.text) for extension in p.extensions for e in extension.iter() if len(e) == 0}
    return [p.latitude, p.longitude, p.elevation, round(p.time.timestamp() * 1000), extensions]

def read(text):
    [track] = gpxpy.parse(text).tracks
    return {
        'errors': [str(issue) for issue in gpx.validate(text).issues],
        'name': track.name,
        'segments': [[point(p) for p in segment.points] for segment in track.segments],
    }

print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`

type GpxPoint = [
  latitudeDeg: number,
  longitudeDeg: number,
  altitudeM: number | null,
  timeMs: number,
  extensions: Record<string, number>,
]

export interface ReadGpx {
  /** Where it differs from the schema. */
  readonly errors: string[]
  readonly name: string | null
  readonly segments: GpxPoint[][]
}

export async function readGpx(texts: readonly string[]): Promise<ReadGpx[]> {
  const python = await pythonWith({ name: 'gpx', requirements, onProgress: toStderr })
  const { stdout } = await run({
    command: python,
    args: ['-c', program],
    input: JSON.stringify(texts),
    signal: AbortSignal.timeout(longestMs),
  })
  return JSON.parse(stdout) as ReadGpx[]
}
