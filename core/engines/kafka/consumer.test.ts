import pino from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBatchConsumer } from './consumer.ts'
import type { Batch, joinGroup, Membership } from './membership.ts'
import type { KafkaRecord } from './port.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const log = pino({ level: 'silent' })
const limits = { maxRecords: 10, maxBytes: 1_000 }
const record = (offset: bigint) => ({ topic: 't', partition: 0, offset }) as KafkaRecord
const batchOf = (...offsets: bigint[]): Batch => ({
  records: offsets.map(record),
  next: [{ topic: 't', partition: 0, offset: (offsets.at(-1) ?? 0n) + 1n }],
  generation: 1,
})

interface Script {
  readonly batches: readonly (Batch | Error)[]
  /** Asked after each failure of `handle`. */
  readonly isCurrent?: () => boolean
}

/** A consumer whose memberships go by a script, one after the other, until the last one has no more batches. */
function scripted(scripts: readonly (Script | Error)[]) {
  const events: string[] = []
  const stop = new AbortController()
  const waiting = [...scripts]
  const join: typeof joinGroup = async () => {
    const script = waiting.shift()
    if (script instanceof Error) throw script
    events.push('join')
    const batches = [...(script?.batches ?? [])]
    return {
      next: async () => {
        const next = batches.shift()
        if (next instanceof Error) throw next
        if (next === undefined) stop.abort()
        return next
      },
      isCurrent: script?.isCurrent ?? (() => true),
      commit: async ({ next }: Batch) => void events.push(`commit ${next[0]?.offset}`),
      trouble: () => undefined,
      lag: async () => [],
      inFlight: () => 0,
      close: async () => void events.push('leave'),
    } as unknown as Membership
  }
  const options = { brokers: ['b:1'], group: 'g', topics: ['t'], limits, log, longBatchMs: 60_000 }
  const consumer = createBatchConsumer(options, join)
  const run = async (handle: (offsets: readonly bigint[]) => Promise<void>) => {
    const running = consumer.run(async (batch) => {
      events.push(`handle ${batch.map(({ offset }) => offset)}`)
      await handle(batch.map(({ offset }) => offset))
    }, stop.signal)
    await vi.runAllTimersAsync()
    await running
  }
  return { consumer, events, run, stop }
}

test('a batch is committed after it was handled, one without records without handling', async () => {
  const { events, run } = scripted([{ batches: [batchOf(1n, 2n), batchOf()] }])
  await run(async () => undefined)
  expect(events).toEqual(['join', 'handle 1,2', 'commit 3', 'commit 1', 'leave'])
})

test('a batch that fails is handed over again until it is done, and not committed before', async () => {
  const { consumer, events, run } = scripted([{ batches: [batchOf(1n)] }])
  const troubles: (string | undefined)[] = []
  let failures = 2
  await run(async () => {
    troubles.push(consumer.trouble())
    if (failures-- > 0) throw new Error('no database')
  })
  expect(events).toEqual(['join', 'handle 1', 'handle 1', 'handle 1', 'commit 2', 'leave'])
  expect(troubles).toEqual([undefined, ...Array(2).fill('a batch cannot be handled: no database')])
})

test('a failed batch whose partitions may be another’s by now is neither repeated nor committed', async () => {
  const { events, run } = scripted([{ batches: [batchOf(1n), batchOf(7n)], isCurrent: () => false }])
  await run(async ([offset]) => {
    if (offset === 1n) throw new Error('no database')
  })
  expect(events).toEqual(['join', 'handle 1', 'handle 7', 'commit 8', 'leave'])
})

test('a broken membership is left before the next one is opened, after a pause', async () => {
  const { consumer, events, run } = scripted([
    { batches: [batchOf(1n), new Error('broken off')] },
    new Error('still away'),
    { batches: [batchOf(2n)] },
  ])
  await run(async () => undefined)
  expect(events).toEqual(['join', 'handle 1', 'commit 2', 'leave', 'join', 'handle 2', 'commit 3', 'leave'])
  expect(consumer.trouble()).toBeUndefined()
})

test('without Kafka it says why and tries again more and more rarely', async () => {
  const { consumer, run, stop } = scripted(Array(40).fill(new Error('connection refused')))
  const timer = setTimeout(() => stop.abort(), 60_000)
  await run(async () => undefined)
  clearTimeout(timer)
  expect(consumer.trouble()).toBe('Kafka: connection refused')
})

test('a batch that is at hand for long is told as trouble', async () => {
  const { consumer, run } = scripted([{ batches: [batchOf(1n)] }])
  await run(async () => {
    expect(consumer.trouble()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(consumer.trouble()).toBe('a batch is at hand for 60 s')
  })
  expect(consumer.trouble()).toBeUndefined()
})
