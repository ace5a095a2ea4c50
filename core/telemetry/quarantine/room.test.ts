import { expect, test } from 'vitest'
import type { QuarantineEntry } from './port.ts'
import { admitInto, createRoom, mostOfBike } from './room.ts'

const entry = (bikeId: string | null, samples: number): QuarantineEntry => ({
  ...{
    trackId: null,
    uploadId: null,
    bikeId,
    stage: 'normalize',
    reason: 'bike_foreign',
    samples,
    ranges: '',
  },
  ...{
    detail: '',
    record: new Uint8Array(),
    source: '',
    quarantinedAtMs: 1,
    receivedAtMs: 1,
    bikeVersion: 1,
  },
})

test('180 days of a bike find room, in tracks of ten seconds as well', () => {
  const day = Array.from({ length: (2 * 3_600 * 3) / 10 }, () => entry('a', 10))
  const counts = new Map<string, number>()
  for (let days = 0; days < 180; days++) expect(admitInto(day, counts).beyond).toEqual([])
})

test('beyond its bound a bike’s tracks are left, also many small ones; other bikes’ and nobody’s are kept', () => {
  const counts = new Map([['a', mostOfBike - 10]])
  const entries = [entry('a', 1), entry('a', 1), entry('b', mostOfBike), entry(null, mostOfBike + 1)]
  const { kept, beyond } = admitInto(entries, counts)
  expect(kept).toEqual([entries[0], entries[2], entries[3]])
  expect(beyond).toEqual([entries[1]])
})

test('the store is asked once a minute for a bike, and what was replayed meanwhile makes room', async () => {
  let nowMs = 100_000
  let pending = mostOfBike
  const asked: (readonly string[])[] = []
  const room = createRoom(
    {
      async pendingSamples(bikeIds) {
        asked.push(bikeIds)
        return new Map([['a', pending]])
      },
    },
    () => nowMs,
  )
  const admits = async () => (await room.admit([entry('a', 10), entry('b', 10)])).kept.length
  expect([await admits(), await admits()]).toEqual([1, 1])
  pending = 0
  nowMs += 60_001
  expect(await admits()).toBe(2)
  expect(asked).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ])
})
