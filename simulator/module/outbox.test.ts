import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOutbox, type Outbox, type OutboxMessage } from './outbox.ts'

const track = (name: string, bytes = 10): OutboxMessage => ({
  topic: name,
  payload: new Uint8Array(bytes),
  samples: 1,
})
const answer = (name: string): OutboxMessage => ({ topic: name, payload: new Uint8Array(10) })
const names = (outbox: Outbox) => outbox.entries().map(({ topic }) => topic)
const drain = (outbox: Outbox) => {
  const topics: string[] = []
  for (let entry = outbox.next(); entry; entry = outbox.next()) topics.push(entry.topic)
  return topics
}
function filled(maxBytes: number, messages: readonly OutboxMessage[]): Outbox {
  const outbox = createOutbox({ maxBytes })
  for (const message of messages) outbox.add(message)
  return outbox
}

test('messages are handed out once a connection, in order, and kept until they are acknowledged', () => {
  const outbox = filled(100, [track('a'), track('b'), answer('c')])
  const first = outbox.next()
  expect(first?.topic).toBe('a')
  expect(drain(outbox)).toEqual(['b', 'c'])
  expect(outbox.acknowledge(first?.id as number)).toBe(true)
  expect(outbox.acknowledge(first?.id as number)).toBe(false)
  outbox.rewind()
  expect(drain(outbox)).toEqual(['b', 'c'])
})

test('what comes later is handed out later', () => {
  const outbox = filled(100, [track('a')])
  drain(outbox)
  outbox.add(track('b'))
  expect(drain(outbox)).toEqual(['b'])
})

test('the oldest tracks give way when the room is used up, answers never', () => {
  const outbox = filled(30, [answer('a'), track('b'), track('c'), track('d'), answer('e')])
  expect(names(outbox)).toEqual(['a', 'd', 'e'])
  expect(outbox.dropped()).toBe(2)
  for (const name of ['f', 'g']) outbox.add(answer(name))
  expect(names(outbox)).toEqual(['a', 'e', 'f', 'g'])
})

test('after a restart it goes on with what it kept', () => {
  const before = filled(100, [track('a'), answer('b')])
  drain(before)
  const after = createOutbox({ maxBytes: 100, kept: before.entries() })
  after.add(track('c'))
  expect(drain(after)).toEqual(['a', 'b', 'c'])
})

test('whatever happens, nothing is lost but what gave way, and tracks never take more than the room', () => {
  const steps = fc.array(fc.constantFrom('track', 'send', 'lose the link'), { maxLength: 60 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 10, max: 80 }), (actions, maxBytes) => {
      const outbox = createOutbox({ maxBytes })
      let [added, sent] = [0, 0]
      for (const action of actions) {
        if (action === 'track') {
          outbox.add(track(String(added)))
          added += 1
        }
        if (action === 'lose the link') outbox.rewind()
        const entry = action === 'send' ? outbox.next() : undefined
        if (entry !== undefined && outbox.acknowledge(entry.id)) sent += 1
      }
      expect(added).toBe(sent + outbox.dropped() + outbox.entries().length)
      expect(outbox.entries().length * 10).toBeLessThanOrEqual(maxBytes)
    }),
  )
})
