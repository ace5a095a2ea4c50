// Bytes that released versions of the schema wrote: every later version reads them to the same values.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary, toJson } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { plain } from '../../testkit/arbitrary-tracks.ts'
import {
  CleanTrackSchema,
  QuarantinedTrackSchema,
  RawTrackSchema,
  readTrack,
  readUpload,
  StoredTrackSchema,
  TrackOutcomeSchema,
} from '../index.ts'

const envelopes = {
  'raw-track': RawTrackSchema,
  'clean-track': CleanTrackSchema,
  'stored-track': StoredTrackSchema,
  'quarantined-track': QuarantinedTrackSchema,
  'track-outcome': TrackOutcomeSchema,
}

/** What a corpus file decodes to, as JSON: missing cells are null. */
function decode(name: string, bytes: Uint8Array): unknown {
  const schema = envelopes[name as keyof typeof envelopes]
  if (schema) return toJson(schema, fromBinary(schema, bytes))
  if (name !== 'upload') return plain(readTrack(bytes))
  const upload = readUpload(bytes)
  return { ...upload, tracks: upload.tracks.map((track) => plain(readTrack(track))) }
}

const versions = readdirSync(import.meta.dirname).filter((name) => /^v\d+$/.test(name))

describe.each(versions)('schema %s', (version) => {
  const folder = join(import.meta.dirname, version)
  const names = readdirSync(folder).flatMap((name) => (name.endsWith('.bin') ? [name.slice(0, -4)] : []))

  test.each(names)('%s is read as it was meant', (name) => {
    const decoded = decode(name, readFileSync(join(folder, `${name}.bin`)))
    expect(JSON.parse(JSON.stringify(decoded))).toEqual(
      JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')),
    )
  })
})

test('the corpus has a track of each kind, an upload and each envelope', () => {
  const names = readdirSync(join(import.meta.dirname, 'v1'))
  const wanted = [
    'track-ride',
    'track-battery',
    'track-motor',
    'track-fault',
    'upload',
    ...Object.keys(envelopes),
  ]
  expect(names).toEqual(expect.arrayContaining(wanted.map((name) => `${name}.bin`)))
})
