// The files of an export as they are read; what is in them stands in core/api/riders/export.engine.test.ts.
import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { QuarantinedTrackSchema, writeTrack } from '../../../../proto/index.ts'
import { type ExportStores, exportFiles } from './contents.ts'
import type { OwnRecords, QuarantinedRecord } from './port.ts'

const bikeId = '5b0c6a1e-0000-4000-8000-00000000000a'
const time = { riderId: 'anna', fromMs: 0, untilMs: 1_000_000 }
/** The bike is anna's from 1,000 to 2,000. */
const bikes = [{ bikeId, windows: [{ fromMs: 1_000, toMs: 2_000 }] }]

async function* nothing(): AsyncGenerator<never> {}

function storesWith(records: Partial<OwnRecords>): ExportStores {
  return {
    ownRecords: {
      bikesOf: async () => bikes,
      monthsOf: async () => [],
      read: nothing,
      quarantined: nothing,
      ...records,
    },
    rides: { ridesOf: async () => [] },
    rideNotes: { notesOf: async () => [] },
    modulesOf: async () => [],
    readSamples: async () => ({ samples: [] }),
  }
}

async function textOf(bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of bytes) text += new TextDecoder().decode(chunk)
  return text
}

test('a rider of whom nothing is known has no file', async () => {
  for await (const file of exportFiles(time, storesWith({}))) expect(file.path).toBe('none')
})

test('a page is asked for when the one before was taken, and who leaves ends the reading', async () => {
  const log: string[] = []
  async function* pages() {
    try {
      for (let n = 0; ; n++) {
        log.push(`page ${n}`)
        yield [{ n, text: 'x'.repeat(20_000) }]
      }
    } finally {
      log.push('ended')
    }
  }
  for await (const { path, bytes } of exportFiles(time, storesWith({ read: pages }))) {
    expect(path).toBe('profile.json')
    let taken = 0
    for await (const _ of bytes) if (++taken === 2) break
    break
  }
  expect(log).toEqual(['page 0', 'page 1', 'ended'])
})

const track = (timesMs: readonly number[]) =>
  writeTrack({
    ...{ bikeId, recorderId: bikeId, kind: 'ride', clock: { bootId: 1, clockEpoch: 1 } },
    ...{ timesMs, columns: [{ key: 'speed_kmh', values: timesMs.map(() => 1_000) }] },
  })
const fromModule = { sender: `bike:${bikeId}`, device: { bikeId: new Uint8Array(16) } }

test.each([
  ['of a phone, sent by the rider', { sender: 'anna', track: track([5_000]) }, true],
  ['of a phone, sent by somebody else', { sender: 'ben', track: track([1_500]) }, false],
  [
    'of a module, recorded while the bike was the rider’s',
    { ...fromModule, track: track([1_000, 1_999]) },
    true,
  ],
  ['of a module, recorded in part before', { ...fromModule, track: track([999, 1_500]) }, false],
  ['of a module, which nobody can read', { ...fromModule, track: Uint8Array.of(1, 2, 3) }, false],
])('a track in quarantine %s', async (_, raw, isOwn) => {
  const record = toBinary(QuarantinedTrackSchema, create(QuarantinedTrackSchema, { raw: raw as never }))
  const paths: string[] = []
  for await (const { path } of exportFiles(time, storesWith(holding(record)))) paths.push(path)
  expect(paths).toEqual(isOwn ? ['quarantine.json'] : [])
})

test('a track that nobody can read is given as its bytes, and a record without a track is nobody’s', async () => {
  const unreadable = { raw: { sender: 'anna', track: Uint8Array.of(1, 2, 3) } }
  const record = toBinary(QuarantinedTrackSchema, create(QuarantinedTrackSchema, unreadable))
  for await (const { bytes } of exportFiles(time, storesWith(holding(record, new Uint8Array())))) {
    expect(JSON.parse(await textOf(bytes))).toMatchObject([
      { reason: 'implausible', quarantinedAt: '1970-01-01T00:00:00.500Z', bytes: 'AQID' },
    ])
  }
})

const holding = (...records: Uint8Array[]): Pick<OwnRecords, 'quarantined'> => ({
  async *quarantined() {
    for (const record of records) yield { ...entry, record }
  },
})
const entry: Omit<QuarantinedRecord, 'record'> = {
  ...{ quarantineId: bikeId, bikeId, quarantinedAtMs: 500, stage: 'normalize', reason: 'implausible' },
  ...{ detail: '', ranges: '0+1' },
}
