import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { ModuleRefusal } from './port.ts'
import { createRefusalNotes } from './refusal-notes.ts'

const deviceId = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'
const asked = (routingKey: string) =>
  ({ check: 'topic', username: deviceId, name: 'amq.topic', permission: 'write', routingKey }) as const

/** Notes are written when `write` is called. */
function open(write: (refusal: ModuleRefusal) => Promise<void> = async () => undefined) {
  const written: ModuleRefusal[] = []
  let nowMs = 0
  const note = async (refusal: ModuleRefusal) => {
    written.push(refusal)
    await write(refusal)
  }
  const notes = createRefusalNotes({ note }, { log: pino({ level: 'silent' }), nowMs: () => nowMs })
  return { notes, written, pass: (ms: number) => (nowMs += ms) }
}

test('a refusal is noted with what the module wanted, cut, and again of its kind ten seconds later at the soonest', async () => {
  const { notes, written, pass } = open()
  const refuse = (key: string) => notes.note({ deviceId, asked: asked(key), reason: 'topic' })
  refuse('a\0b')
  refuse('c')
  pass(10_000)
  await Promise.resolve()
  refuse('x'.repeat(1_000))
  expect(written.map(({ wanted }) => wanted.length)).toEqual([8, 300])
  expect(written[0]).toEqual({ deviceId, question: 'topic', reason: 'topic', wanted: 'write ab' })
})

test('a database that is slow holds four notes at most, and one that fails harms nobody', async () => {
  const { promise, reject } = Promise.withResolvers<void>()
  const { notes, written, pass } = open(() => promise)
  const refuse = (n: number) => notes.note({ deviceId: `${n}`, asked: asked('a'), reason: 'topic' })
  for (let n = 0; n < 100; n++) refuse(n)
  expect(written.length).toBe(4)
  reject(new Error('away'))
  await expect
    .poll(() => {
      pass(10_000)
      refuse(4)
      return written.length
    })
    .toBeGreaterThan(4)
})
