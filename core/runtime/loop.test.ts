import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createLoop } from './loop.ts'

test('a failed round is told and repeated, until a signal ends the loop', async () => {
  const stop = new AbortController()
  const troubles: (string | undefined)[] = []
  let rounds = 0
  const loop = createLoop({
    what: 'working',
    log: pino({ level: 'silent' }),
    round: async () => {
      troubles.push(loop.trouble())
      if (++rounds === 1) throw new Error('no database')
      if (rounds === 3) stop.abort()
    },
  })
  await loop.run(stop.signal)
  expect(troubles).toEqual([undefined, 'working: no database', undefined])
})
