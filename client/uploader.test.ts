// The uploader against a real server, with a clock that a test sets: what each answer means for the queue.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMemoryQueue, type MemoryQueue } from './queue.ts'
import { answerText, type LocalEdge, type Reply, startLocalEdge } from './testing/local-edge.ts'
import { newUpload, numbers } from './testing/uploads.ts'
import { createUploader, type UploadEvent } from './uploader.ts'

const retry = { firstMs: 1_000, longestMs: 60_000 }
let edge: LocalEdge
let queue: MemoryQueue
let nowMs: number
let events: UploadEvent[]

beforeEach(async () => {
  edge = await startLocalEdge()
  queue = createMemoryQueue()
  nowMs = 0
  events = []
})

afterEach(() => edge.close())

function newUploader() {
  const stamp = () => ({ sentAtMs: 1 + nowMs, bootId: 1, monotonicMs: nowMs, clockEpoch: 1 })
  const token = async () => 'a-token'
  const onEvent = (event: UploadEvent) => void events.push(event)
  // With this chance a back-off is three quarters of its most.
  return createUploader({
    queue,
    url: edge.url,
    token,
    stamp,
    retry,
    random: () => 0.5,
    nowMs: () => nowMs,
    onEvent,
  })
}

/** Steps on, moving the clock over each pause, until the queue is empty or `steps` are done. */
async function runUntilEmpty(uploader = newUploader(), steps = 50): Promise<void> {
  for (let i = 0; i < steps; i++) {
    const result = await uploader.step()
    if (result.kind === 'empty') return
    nowMs += result.waitMs
  }
}

const sentAtMs = () => edge.received.map(({ attempt }) => attempt.sentAtMs - 1)
const putAside = () =>
  queue.rejected.map(({ upload, rejection }) => ({ tracks: numbers(upload.tracks), rejection }))

test('uploads go one after the other, the oldest first, and are forgotten when they are taken', async () => {
  for (const first of [0, 10, 20]) await queue.add(newUpload({ tracks: 2, first }))
  await runUntilEmpty()
  expect(edge.arrivals()).toEqual([
    [0, 1],
    [10, 11],
    [20, 21],
  ])
  expect(sentAtMs()).toEqual([0, 0, 0])
  expect(await queue.ids()).toEqual([])
  expect(events.map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered'])
})

describe('tracks that are rejected', () => {
  test('for now are sent again after a pause, these and no others, under the same id', async () => {
    const upload = newUpload({ tracks: 4 })
    await queue.add(upload)
    edge.answer((received) => ({
      body: answerText(received, edge.received.length === 1 ? { 1: true, 3: true } : {}),
    }))
    await runUntilEmpty()
    expect(edge.arrivals()).toEqual([
      [0, 1, 2, 3],
      [1, 3],
    ])
    expect(new Set(edge.received.map(({ uploadId }) => uploadId))).toEqual(new Set([upload.uploadId]))
    expect(sentAtMs()).toEqual([0, 750])
    expect(putAside()).toEqual([])
  })

  test('for now, again and again, wait longer each time, and hold up nobody else', async () => {
    await queue.add(newUpload({ first: 1 }))
    await queue.add(newUpload({ first: 2 }))
    edge.answer((received) => ({
      body: answerText(received, numbers(received.tracks)[0] === 1 ? { 0: true } : {}),
    }))
    await runUntilEmpty(undefined, 8)
    expect(edge.arrivals()).toEqual([[1], [2], [1], [1], [1]])
    expect(sentAtMs()).toEqual([0, 0, 750, 750 + 1_500, 750 + 1_500 + 3_000])
  })

  test('for ever are kept where people see them, with the reason, and never sent again', async () => {
    await queue.add(newUpload({ tracks: 3 }))
    edge.answer((received) => ({ body: answerText(received, { 0: false, 2: false }) }))
    await runUntilEmpty()
    expect(edge.arrivals()).toEqual([[0, 1, 2]])
    const track = { reason: 'bike_forbidden', detail: 'a test says so', temporary: false }
    const tracks = [
      { index: 0, ...track },
      { index: 2, ...track },
    ]
    expect(putAside()).toEqual([{ tracks: [0, 2], rejection: { kind: 'tracks', tracks } }])
  })

  test('some for ever and some for now are told apart', async () => {
    await queue.add(newUpload({ tracks: 3 }))
    edge.answer((received) => ({
      body: answerText(received, received.tracks.length > 1 ? { 0: false, 2: true } : {}),
    }))
    await runUntilEmpty()
    expect(edge.arrivals()).toEqual([[0, 1, 2], [2]])
    expect(putAside()).toMatchObject([{ tracks: [0] }])
  })
})

describe('an upload that is refused for ever', () => {
  test.each([400, 403, 415])(
    'by %i is kept where people see it, and does not hold up the next one',
    async (status) => {
      await queue.add(newUpload({ tracks: 2, first: 1 }))
      await queue.add(newUpload({ first: 5 }))
      edge.answer(({ tracks }) => (tracks.length === 2 ? { status, body: 'why' } : {}))
      await runUntilEmpty()
      expect(edge.arrivals()).toEqual([[1, 2], [5]])
      expect(sentAtMs()).toEqual([0, 0])
      expect(putAside()).toEqual([{ tracks: [1, 2], rejection: { kind: 'upload', status, body: 'why' } }])
      expect(events.map(({ kind }) => kind)).toEqual(['rejected', 'answered'])
    },
  )
})

describe('an edge that does not answer for an upload', () => {
  const script = (replies: (Reply | 'hang up')[]) => edge.answer(() => replies.shift() ?? {})
  const busy = { status: 503, headers: { 'retry-after': '20' } }
  test.each<[string, (Reply | 'hang up')[], number[]]>([
    ['after 408', [{ status: 408 }], [0, 750]],
    ['after 429', [{ status: 429 }], [0, 750]],
    ['after 500', [{ status: 500 }], [0, 750]],
    ['after a broken connection', ['hang up'], [0, 750]],
    ['after two 401, the second with a new token', [{ status: 401 }, { status: 401 }], [0, 0, 750]],
    ['longer each time', [{ status: 503 }, 'hang up', { status: 429 }], [0, 750, 2_250, 5_250]],
    ['as long as 503 asks for, and some more', [busy, { status: 503 }], [0, 22_500, 24_000]],
  ])('is asked again with the same upload after a pause: %s', async (_, replies, times) => {
    const upload = newUpload({ tracks: 2 })
    await queue.add(upload)
    script(replies)
    await runUntilEmpty()
    expect(sentAtMs()).toEqual(times)
    expect(edge.arrivals()).toEqual(times.map(() => [0, 1]))
    expect(new Set(edge.received.map(({ uploadId }) => uploadId))).toEqual(new Set([upload.uploadId]))
    expect(putAside()).toEqual([])
  })

  test('is left alone with all other uploads, too, and asked for another one first', async () => {
    for (const first of [1, 2]) await queue.add(newUpload({ first }))
    script(['hang up'])
    const uploader = newUploader()
    expect(await uploader.step()).toEqual({ kind: 'attempted', waitMs: 750 })
    nowMs = 749
    expect(await uploader.step()).toEqual({ kind: 'waiting', waitMs: 1 })
    nowMs = 750
    await runUntilEmpty(uploader)
    expect(edge.arrivals()).toEqual([[1], [2], [1]])
  })

  test('begins with short pauses again once it has answered', async () => {
    for (const first of [1, 2]) await queue.add(newUpload({ first }))
    script(['hang up', 'hang up', {}, 'hang up'])
    await runUntilEmpty()
    const waits = events.flatMap((event) => (event.kind === 'waiting' ? [event.waitMs] : []))
    expect(waits).toEqual([750, 1_500, 750])
  })
})
