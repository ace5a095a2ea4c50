import pino from 'pino'
import { expect, test } from 'vitest'
import { failing } from '../../../testkit/fake-ports.ts'
import type { NewCommand } from '../../devices/commands/port.ts'
import type { GapQuestion, GapReport } from './port.ts'
import { createStateAsker } from './state-asker.ts'

const report = (n: number): GapReport => ({ recorderId: `r${n}`, bikeId: `b${n}`, noticedAtMs: 1_000 + n })

/** Lets an asker work through these answers of the store, then stops it. */
async function ask(pages: readonly (readonly GapReport[])[], request: () => void = () => undefined) {
  const stop = new AbortController()
  const log: string[] = []
  const questions: (GapQuestion & { limit: number })[] = []
  const commands: NewCommand[] = []
  const troubles: (string | undefined)[] = []
  const left = [...pages]
  const asker = createStateAsker({
    store: {
      async openGaps(question, limit) {
        questions.push({ ...question, limit })
        troubles.push(asker.trouble())
        const page = left.shift()
        if (page === undefined) stop.abort()
        return [...(page ?? [])]
      },
      async asked(recorderIds, { noticedByMs, askedAtMs }) {
        if (recorderIds.length > 0) log.push(`asked ${recorderIds.join(' ')}`)
        expect([noticedByMs, askedAtMs - 30_000]).toEqual([questions.at(-1)?.noticedByMs, noticedByMs])
      },
    },
    commands: {
      async request(command) {
        request()
        commands.push(command)
        log.push(`request ${command.bikeId}`)
        return { outcome: 'too_many', limit: 'own' }
      },
    },
    log: pino({ level: 'silent' }),
    everyMs: 1,
  })
  await asker.run(stop.signal)
  return { log, questions, commands, troubles }
}

test('each recorder with gaps is asked for its state, and noted as asked afterwards', async () => {
  const { log, commands } = await ask([[report(1), report(2)]])
  expect(log).toEqual(['request b1', 'request b2', 'asked r1 r2'])
  expect(commands[0]).toEqual({
    ...{ bikeId: 'b1', requestedBy: 'platform:gaps', idempotencyKey: 'r1/1001', ttlS: 86_400 },
    action: { kind: 'report_state' },
  })
})

test('asked about are gaps that stayed open, of modules that were left in peace since, a bounded number at once', async () => {
  const { questions } = await ask([])
  const [question] = questions
  expect(question?.limit).toBe(100)
  const { noticedByMs = 0, notAskedSinceMs = 0 } = question ?? {}
  expect(noticedByMs - notAskedSinceMs).toBe(570_000)
})

test('a request that fails leaves the recorders unasked; they are asked again with the same keys', async () => {
  const { log, commands, troubles } = await ask([[report(1)], [report(1)]], failing(1, 'PostgreSQL is away'))
  expect(log).toEqual(['request b1', 'asked r1'])
  expect(commands.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['r1/1001'])
  expect(troubles).toEqual([undefined, 'asking for state: PostgreSQL is away', undefined])
})
