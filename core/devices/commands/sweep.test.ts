import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { CommandOutbox, CommandSelection } from './port.ts'
import { createSweep } from './sweep.ts'
import { knownCommand } from './testing/known-command.ts'

const sent = knownCommand({ state: 'sent', expiresInMs: 0 })

test.each<[string, () => number | undefined, boolean]>([
  ['reports may be waiting', () => undefined, false],
  ['reports came a moment ago', () => Date.now(), false],
  ['all has been quiet', () => Date.now() - 3_000, true],
])('when %s', async (_, idleSinceMs, silenceCounts) => {
  const stop = new AbortController()
  const asked: CommandSelection[] = []
  const written: unknown[] = []
  const outbox: Pick<CommandOutbox, 'change'> = {
    async change(selection, plan) {
      asked.push(selection)
      const changes = await plan([sent])
      written.push([...changes.states])
      stop.abort()
      return changes
    },
  }
  await createSweep({ outbox, idleSinceMs, log: pino({ level: 'silent' }) }).run(stop.signal)
  const expiredForMs = { queued: 0, ...(silenceCounts && { sent: 5_000, acknowledged: 60_000 }) }
  expect(asked).toEqual([{ kind: 'elapsed', limit: 500, expiredForMs }])
  expect(written).toEqual([[['c1', 'expired']]])
})

test('as many as it takes at once are followed by the next without a pause', async () => {
  const stop = new AbortController()
  const pages = [Array.from({ length: 500 }, (_, n) => ({ ...sent, commandId: `c${n}` })), [sent]]
  const outbox: Pick<CommandOutbox, 'change'> = {
    async change(_, plan) {
      const changes = await plan(pages.shift() ?? [])
      if (pages.length === 0) stop.abort()
      return changes
    },
  }
  const day = 86_400_000
  await createSweep({
    outbox,
    idleSinceMs: () => undefined,
    log: pino({ level: 'silent' }),
    everyMs: day,
  }).run(stop.signal)
  expect(pages).toEqual([])
})
