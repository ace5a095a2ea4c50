import { describe, expect, test } from 'vitest'
import type { OutgoingTrack } from '../ports.ts'
import { type BatcherOptions, createBatcher } from './batcher.ts'

const track = (bytes = 10): OutgoingTrack => ({ key: new Uint8Array(16), value: new Uint8Array(bytes) })

function batcher(overrides: Partial<BatcherOptions> = {}) {
  const sent: { count: number; acknowledge: () => void; fail: () => void }[] = []
  const created = createBatcher({
    send: (tracks) =>
      new Promise<void>((resolve, reject) => {
        sent.push({ count: tracks.length, acknowledge: resolve, fail: () => reject(new Error('broken')) })
      }),
    lingerMs: 1,
    maxTracks: 4,
    maxBytes: 10_000,
    maxSending: 1,
    maxWaiting: 2,
    timeoutMs: 1000,
    ...overrides,
  })
  const outcome = async (tracks: OutgoingTrack[]) =>
    created.publish(tracks).then(
      () => 'acknowledged',
      (error: Error) => error.message,
    )
  return { ...created, sent, outcome }
}

describe('batcher', () => {
  test('sends what several uploads publish at once together', async () => {
    const { outcome, sent } = batcher()
    const outcomes = [outcome([track()]), outcome([track(), track()])]
    await expect.poll(() => sent).toHaveLength(1)
    expect(sent[0]?.count).toBe(3)
    sent[0]?.acknowledge()
    expect(await Promise.all(outcomes)).toEqual(['acknowledged', 'acknowledged'])
  })

  test('cuts batches by number and by bytes', async () => {
    const { outcome, sent } = batcher({ maxSending: 9, maxWaiting: 9 })
    const outcomes = [
      outcome(Array.from({ length: 6 }, () => track())),
      outcome([track(9_000), track(9_000)]),
    ]
    await expect.poll(() => sent.map(({ count }) => count)).toEqual([4, 3, 1])
    for (const { acknowledge } of sent) acknowledge()
    expect(await Promise.all(outcomes)).toEqual(['acknowledged', 'acknowledged'])
  })

  test('acknowledges an upload only when all its batches are', async () => {
    const { outcome, sent } = batcher()
    const upload = outcome(Array.from({ length: 6 }, () => track()))
    await expect.poll(() => sent).toHaveLength(1)
    sent[0]?.acknowledge()
    await expect.poll(() => sent).toHaveLength(2)
    sent[1]?.fail()
    expect(await upload).toBe('the batch was not acknowledged')
  })

  test('keeps to the number of batches being sent, and refuses more waiting ones than allowed', async () => {
    const { outcome, sent } = batcher()
    const full = () => Array.from({ length: 4 }, () => track())
    const outcomes = [outcome(full()), outcome(full()), outcome(full())]
    expect(await outcome([track()])).toBe('too many batches wait for Kafka')
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => sent).toHaveLength(i + 1)
      sent[i]?.acknowledge()
    }
    expect(await Promise.all(outcomes)).toEqual(Array(3).fill('acknowledged'))
  })

  test('sends what waits when the batch before it has failed', async () => {
    const { outcome, sent } = batcher()
    const full = () => Array.from({ length: 4 }, () => track())
    const outcomes = [outcome(full()), outcome(full())]
    await expect.poll(() => sent).toHaveLength(1)
    sent[0]?.fail()
    await expect.poll(() => sent).toHaveLength(2)
    sent[1]?.acknowledge()
    expect(await Promise.all(outcomes)).toEqual(['the batch was not acknowledged', 'acknowledged'])
  })

  test('gives up on a batch after its time and never sends it when it still waited', async () => {
    const { outcome, sent } = batcher({ timeoutMs: 30 })
    const full = () => Array.from({ length: 4 }, () => track())
    const outcomes = await Promise.all([outcome(full()), outcome(full())])
    expect(outcomes).toEqual(Array(2).fill('not acknowledged within 30 ms'))
    sent[0]?.acknowledge()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(sent).toHaveLength(1)
  })

  test('flush sends what waits and resolves when all is settled', async () => {
    const { outcome, flush, sent } = batcher({ lingerMs: 60_000 })
    const upload = outcome([track()])
    const flushed = flush()
    expect(sent).toHaveLength(1)
    sent[0]?.acknowledge()
    await flushed
    expect(await upload).toBe('acknowledged')
  })
})
