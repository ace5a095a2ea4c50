import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { fakeLog } from '../../../testkit/fake-kafka.ts'
import type { SettlingStore } from './port.ts'
import { createSettling } from './settling.ts'

/** Runs until the second round begins; each batch but the last of a round says that there may be more. */
async function run(batches: number, options: { fail?: boolean; beginsAfterMs?: number } = {}) {
  const stop = new AbortController()
  const asked: (string | undefined)[] = []
  let rounds = 0
  let troubleSeen: string | undefined
  const store: SettlingStore = {
    async keepPartitions() {
      troubleSeen = settling.trouble()
      if (++rounds === 2) stop.abort()
      else if (options.fail) throw new Error('away')
    },
    async settle({ after }) {
      asked.push(after)
      return { settled: 2, expired: 1, next: asked.length < batches ? `track ${asked.length}` : undefined }
    },
  }
  const registry = new Registry()
  const { log } = fakeLog()
  const { beginsAfterMs = 0 } = options
  const settling = createSettling({ store, keptDays: 90, registry, log, beginsAfterMs, everyMs: 1 })
  if (beginsAfterMs > 0) stop.abort()
  await settling.run(stop.signal)
  return { asked, rounds, trouble: troubleSeen, metrics: await registry.metrics() }
}

test('a round walks all details, a batch behind the other, and counts', async () => {
  const { asked, metrics } = await run(3)
  expect(asked.slice(0, 3)).toEqual([undefined, 'track 1', 'track 2'])
  expect(metrics).toContain('event="settled"} 8')
  expect(metrics).toContain('event="expired"} 4')
})

test('a failed round is told by readiness, and comes again', async () => {
  expect(await run(1, { fail: true })).toMatchObject({ trouble: 'settling the books: away', rounds: 2 })
})

test('a process that ends before it may begin has settled nothing', async () => {
  expect(await run(1, { beginsAfterMs: 3_600_000 })).toMatchObject({ asked: [], rounds: 0 })
})
