// An app that is closed or killed, with a queue on disk: the next start goes on where it stopped.

import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClockWatch } from './clock.ts'
import { fileClockState } from './node/index.ts'
import type { UploadQueue } from './queue.ts'
import { createRecorder } from './recorder.ts'
import { answerText, type LocalEdge, startLocalEdge } from './testing/local-edge.ts'
import { bikeId, createManualClock, noonMs, recorderId, rideValues } from './testing/manual-clock.ts'
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-queue.ts'
import { newUpload, numbers } from './testing/uploads.ts'
import { createUploader } from './uploader.ts'

let edge: LocalEdge
let folder: TemporaryFolder

beforeEach(async () => {
  edge = await startLocalEdge()
  folder = await temporaryFolder()
})

afterEach(async () => {
  await edge.close()
  await folder.remove()
})

/** The app as it starts: all that it knows is on the disk. */
async function startApp(device = createManualClock()) {
  const clock = createClockWatch({ device, ...fileClockState(join(folder.path, 'clock.json')) })
  const queue = await folder.open()
  const uploader = createUploader({
    queue,
    url: edge.url,
    token: async () => 'a-token',
    stamp: clock.stamp,
    retry: { firstMs: 1, longestMs: 5 },
  })
  return { clock, queue, uploader, recorder: createRecorder({ bikeId, recorderId, clock }) }
}

const bounded = () => AbortSignal.timeout(10_000)

test('an upload without an answer is sent again by the next start: same id, same tracks, new clocks', async () => {
  const app = await startApp()
  app.recorder.record('ride', rideValues())
  const upload = app.recorder.seal()
  if (!upload) throw new Error('nothing was sealed')
  await app.queue.add(upload)
  edge.answer(() => 'hang up')
  await app.uploader.step()

  edge.answer(() => ({}))
  const hourMs = 3_600_000
  const later = await startApp(createManualClock({ wallMs: noonMs + hourMs, monotonicMs: 1_000 + hourMs }))
  await later.uploader.run({ signal: bounded(), untilEmpty: true })

  const clocks = { bootId: 1, clockEpoch: 1 }
  expect(edge.received.map(({ attempt }) => attempt)).toEqual([
    { sentAtMs: noonMs, monotonicMs: 1_000, ...clocks },
    { sentAtMs: noonMs + hourMs, monotonicMs: 1_000 + hourMs, ...clocks },
  ])
  for (const received of edge.received) {
    expect(received.uploadId).toBe(upload.uploadId)
    expect(received.tracks.map((track) => Buffer.from(track))).toEqual(
      upload.tracks.map((track) => Buffer.from(track)),
    )
  }
  expect(await (await folder.open()).ids()).toEqual([])
})

test('tracks that were taken before the end are not sent again', async () => {
  const app = await startApp()
  await app.queue.add(newUpload({ tracks: 3 }))
  edge.answer((received) => ({ body: answerText(received, { 1: true }) }))
  await app.uploader.step()
  edge.answer(() => ({}))
  await (await startApp()).uploader.run({ signal: bounded(), untilEmpty: true })
  expect(edge.arrivals()).toEqual([[0, 1, 2], [1]])
})

test('a death between the answer and the disk costs a repeat and nothing else', async () => {
  const app = await startApp()
  const upload = newUpload({ tracks: 3 })
  await app.queue.add(upload)
  edge.answer((received) => ({ body: answerText(received, received.tracks.length > 1 ? { 2: false } : {}) }))
  const dying: UploadQueue = { ...app.queue, settle: () => Promise.reject(new Error('killed')) }
  const { stamp } = app.clock
  const killed = createUploader({ queue: dying, url: edge.url, token: async () => 'a-token', stamp })
  await expect(killed.step()).rejects.toThrow('killed')
  await (await startApp()).uploader.run({ signal: bounded(), untilEmpty: true })
  expect(edge.arrivals()).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ])
  expect(await folder.files.list('rejected')).toContain(`${upload.uploadId}.1.json`)
})

describe('a running uploader', () => {
  test('sends what is added while it idles, once it is woken, and ends when it is told to', async () => {
    const { queue, uploader } = await startApp()
    const stop = new AbortController()
    const running = uploader.run({ signal: stop.signal })
    for (const first of [1, 2]) {
      await queue.add(newUpload({ first }))
      uploader.wake()
      await expect.poll(() => queue.ids()).toEqual([])
    }
    stop.abort()
    await running
    expect(edge.arrivals()).toEqual([[1], [2]])
  })

  test('that is told to end in the midst of an attempt ends at once and keeps the upload', async () => {
    const { queue, uploader } = await startApp()
    const upload = newUpload()
    await queue.add(upload)
    edge.answer(() => 'keep silent')
    const stop = new AbortController()
    const running = uploader.run({ signal: stop.signal })
    await expect.poll(() => edge.received.length).toBe(1)
    stop.abort()
    await running
    expect(numbers((await queue.read(upload.uploadId))?.tracks)).toEqual([0])
  })
})
