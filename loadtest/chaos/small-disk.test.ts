import { expect, test } from 'vitest'
import { takeAll } from './small-disk.ts'

const minuteMs = 60_000

/** A disk with so much room; `used` tells what was written. */
function diskOf(roomBytes: number) {
  let used = 0
  return {
    used: () => used,
    write: async ({ length }: Uint8Array) => {
      if (used + length > roomBytes) return false
      used += length
      return true
    },
  }
}

test.each([0, 512, 192 * 1024 * 1024 + 1_536])(
  'a disk with room for %i bytes is taken whole',
  async (room) => {
    const disk = diskOf(room)
    expect(await takeAll(disk.write, performance.now() + minuteMs)).toBe(true)
    expect(disk.used()).toBe(room)
  },
)

test('a disk that always has room was not full', async () => {
  const disk = diskOf(Number.POSITIVE_INFINITY)
  expect(await takeAll(disk.write, performance.now() + 20)).toBe(false)
})
