import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { type CleanTrack, CleanTrackSchema } from '../../../proto/index.ts'
import { openTrack } from './planned-track.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'

test.each<[string, (clean: CleanTrack) => void]>([
  [
    'names samples that its track does not have',
    ({ samples }) => Object.assign(samples[0] as object, { count: 3 }),
  ],
  ['has an id that is none', ({ raw }) => Object.assign(raw as object, { trackId: Uint8Array.of(1) })],
  ['has no track', (clean) => Object.assign(clean, { raw: undefined })],
])('what %s is no clean track', (_, spoil) => {
  const good = cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs: [1_000, 2_000] })
  const clean = fromBinary(CleanTrackSchema, good)
  spoil(clean)
  const record = toBinary(CleanTrackSchema, clean)
  expect(() => openTrack(good)).not.toThrow()
  expect(() => openTrack(record)).toThrow()
})
