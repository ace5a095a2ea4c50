import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createSweep } from './sweep.ts'

test.each<[string, () => number | undefined, boolean]>([
  ['reports may be waiting', () => undefined, false],
  ['reports came a moment ago', () => Date.now(), false],
  ['all has been quiet', () => Date.now() - 3_000, true],
])('when %s', async (_, idleSinceMs, expected) => {
  const stop = new AbortController()
  const asked: boolean[] = []
  const outbox = {
    expire: async (_limit: number, silenceCounts: boolean) => {
      asked.push(silenceCounts)
      stop.abort()
      return 0
    },
  }
  await createSweep({ outbox, idleSinceMs, log: pino({ level: 'silent' }) }).run(stop.signal)
  expect(asked).toEqual([expected])
})
