import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { limits, RawTrackSchema, uuidV7Bytes } from '../../../proto/index.ts'
import { readArrival } from './records.ts'

const raw = { trackId: uuidV7Bytes(), uploadId: uuidV7Bytes(), receivedAtMs: 1n, samples: 1 }

test.each([
  ['an id that is none', { trackId: Uint8Array.of(1) }],
  ['a receipt before all time', { receivedAtMs: 0n }],
  ['a receipt after all time', { receivedAtMs: BigInt(limits.timeMs) }],
  ['more samples than a track can have', { samples: 2 ** 31 }],
])('a record with %s is no track at all', (_, fault) => {
  const record = toBinary(RawTrackSchema, create(RawTrackSchema, { ...raw, ...fault }))
  const arrival = readArrival(record)
  expect(arrival).toMatchObject({ kind: 'undecodable', record })
  expect(arrival).not.toHaveProperty('raw')
})

test('a record whose track alone is broken keeps its frame', () => {
  const record = toBinary(RawTrackSchema, create(RawTrackSchema, { ...raw, track: Uint8Array.of(255) }))
  expect(readArrival(record)).toMatchObject({ kind: 'undecodable', raw: { samples: 1 } })
})
