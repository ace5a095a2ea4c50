// The loop that looks for all readers together, over a store in memory.
import { afterEach, expect, test } from 'vitest'
import { fakeLog } from '../../../testkit/fake-kafka.ts'
import { createLive } from './look-again.ts'
import type { LiveReader, LiveState } from './port.ts'

const readers = 450
const bikeIds = Array.from({ length: readers }, (_, n) => `bike ${n}`)
const nothing: LiveState = { presence: undefined, readings: [] }
let stop: AbortController
afterEach(() => stop.abort())

/** Every bike changes with every look; `asked` are the bikes of which states were asked, look by look. */
function start(mayRead: (reader: LiveReader) => boolean = () => true) {
  const asked: string[][] = []
  let looks = 0
  stop = new AbortController()
  const live = createLive({
    store: {
      async look(present) {
        looks++
        return present.map((reader) => ({ mayRead: mayRead(reader), version: `${looks}` }))
      },
      async statesOf(ids) {
        asked.push([...ids])
        return new Map(ids.map((id) => [id, nothing]))
      },
    },
    log: fakeLog().log,
    everyMs: 5,
  })
  const watches = bikeIds.map((bikeId) => live.watch({ bikeId, subject: 'anna', byGrant: false }))
  const running = live.loop.run(stop.signal)
  return { asked, watches, running }
}

test('when all bikes change at once, they are told in turn, so many between two looks, and nobody twice before another', async () => {
  const { asked, watches, running } = start()
  await expect.poll(() => asked.length, { interval: 1 }).toBeGreaterThanOrEqual(9)
  stop.abort()
  await running
  for (const ids of asked) expect(ids.length).toBeLessThanOrEqual(200)
  expect(watches.every((watch) => watch.current() !== undefined)).toBe(true)
  const times = new Map<string, number>()
  for (const id of asked.slice(0, 9).flat()) times.set(id, (times.get(id) ?? 0) + 1)
  // Nine times 200 are four for each of 450.
  expect(new Set(times.values())).toEqual(new Set([4]))
  expect(times.size).toBe(readers)
})

test('a reader whose right ended is told at the next look, however many states are to be read', async () => {
  let lost = ''
  const { asked, watches, running } = start(({ bikeId }) => bikeId !== lost)
  await expect.poll(() => asked.length, { interval: 1 }).toBeGreaterThanOrEqual(1)
  lost = 'bike 449'
  const before = asked.length
  await expect.poll(() => watches[449]?.current(), { interval: 1 }).toBe('ended')
  expect(asked.length - before).toBeLessThanOrEqual(4)
  stop.abort()
  await running
})
