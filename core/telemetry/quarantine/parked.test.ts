import { expect, test } from 'vitest'
import { fakeLog, fakeProducer } from '../../../testkit/fake-kafka.ts'
import { createParkedReturn } from './parked.ts'

test('what is due is replayed round after round, and told', async () => {
  const stop = new AbortController()
  const { log, lines } = fakeLog()
  const replayed: string[] = []
  let rounds = 0
  const store = {
    async parked() {
      rounds++
      if (rounds === 3) stop.abort()
      return rounds === 1 ? [{ id: 'a', bytes: 1 }] : []
    },
    async replay(ids: readonly string[]) {
      replayed.push(...ids)
      return ids.length
    },
  }
  const parked = createParkedReturn({ store, producer: fakeProducer(), rawTopic: 'raw', log, everyMs: 1 })
  await parked.run(stop.signal)
  expect(replayed).toEqual(['a'])
  expect(rounds).toBe(3)
  expect(lines).toEqual([])
  expect(parked.trouble()).toBeUndefined()
})
