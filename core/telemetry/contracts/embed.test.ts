import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { CleanTrackSchema, ClockRule, RawTrackSchema, uuidV7Bytes } from '../../../proto/index.ts'
import { embed } from './embed.ts'

test.each([0, 1, 100, 128, 20_000, 2_100_000])(
  'a track of %i bytes is wrapped as if encoded whole',
  (length) => {
    const raw = create(RawTrackSchema, {
      trackId: uuidV7Bytes(),
      track: new Uint8Array(length).fill(7),
      samples: 3,
    })
    const others = { riderId: 'rider', clockRule: ClockRule.SENT_AT, samples: [{ first: 0, count: 3 }] }
    const bytes = embed(
      toBinary(RawTrackSchema, raw),
      toBinary(CleanTrackSchema, create(CleanTrackSchema, others)),
    )
    const whole = toBinary(CleanTrackSchema, create(CleanTrackSchema, { raw, ...others }))
    expect(Buffer.compare(bytes, whole)).toBe(0)
  },
)
