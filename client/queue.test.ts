// What every queue promises: order, bounds with a clear error, and that nothing leaves it on its own.
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { bytesOf, createMemoryQueue, type QueueBounds, QueueFullError, type UploadQueue } from './queue.ts'
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-queue.ts'
import { newUpload, numbers } from './testing/uploads.ts'

const folders: TemporaryFolder[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => folder.remove()))
})

async function openTemporaryQueue(bounds?: Partial<QueueBounds>): Promise<UploadQueue> {
  const folder = await temporaryFolder()
  folders.push(folder)
  return folder.open(bounds)
}

async function contents(queue: UploadQueue): Promise<(number[] | undefined)[]> {
  return Promise.all((await queue.ids()).map(async (id) => numbers((await queue.read(id))?.tracks)))
}

describe.each([
  ['in memory', async (bounds?: Partial<QueueBounds>) => createMemoryQueue(bounds)],
  ['on disk', openTemporaryQueue],
])('a queue %s', (_, open) => {
  test('gives the oldest upload first, whole', async () => {
    const queue = await open()
    const uploads = [0, 10, 20].map((first) => newUpload({ tracks: 2, first }))
    for (const upload of uploads) await queue.add(upload)
    expect(await queue.ids()).toEqual(uploads.map(({ uploadId }) => uploadId))
    expect(await contents(queue)).toEqual([
      [0, 1],
      [10, 11],
      [20, 21],
    ])
  })

  test('keeps an upload that is added again as it is', async () => {
    const queue = await open({ maxUploads: 1 })
    const upload = newUpload({ tracks: 2 })
    await queue.add(upload)
    await queue.settle(upload.uploadId, upload.tracks.slice(1))
    await queue.add(upload)
    expect(await contents(queue)).toEqual([[1]])
  })

  test('keeps what remains of an upload, in its place, and forgets it with the last track', async () => {
    const queue = await open()
    const [first, second] = [newUpload({ tracks: 3 }), newUpload({ first: 10 })]
    await queue.add(first)
    await queue.add(second)
    await queue.settle(first.uploadId, first.tracks.slice(2))
    expect(await contents(queue)).toEqual([[2], [10]])
    await queue.settle(first.uploadId, [])
    expect(await contents(queue)).toEqual([[10]])
    expect(await queue.read(first.uploadId)).toBeUndefined()
  })

  test('does not take up what was settled meanwhile', async () => {
    const queue = await open()
    const upload = newUpload()
    await queue.settle(upload.uploadId, upload.tracks)
    expect(await queue.ids()).toEqual([])
  })

  test('says which bound an upload exceeds, and takes it when there is room again', async () => {
    const [first, second] = [newUpload(), newUpload()]
    const size = bytesOf(first.tracks)
    for (const [bound, limit] of [
      ['maxUploads', 1],
      ['maxBytes', 2 * size - 1],
    ] as const) {
      const queue = await open({ [bound]: limit })
      await queue.add(first)
      const error = await queue.add(second).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(QueueFullError)
      expect(error).toMatchObject({ bound, message: `the upload queue is full: ${bound} is ${limit}` })
      expect(await queue.ids()).toEqual([first.uploadId])
      await queue.settle(first.uploadId, [])
      await queue.add(second)
    }
  })

  test('holds its bounds against adds at the same time', async () => {
    const queue = await open({ maxUploads: 3 })
    const added = await Promise.allSettled(Array.from({ length: 8 }, () => queue.add(newUpload())))
    expect(added.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(await queue.ids()).toHaveLength(3)
  })
})

test('the bounds hold after any sequence of adds and settlements, and room that is freed is used', async () => {
  const step = fc.record({ tracks: fc.integer({ min: 1, max: 4 }), keep: fc.integer({ min: 0, max: 5 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const bounds = { maxUploads: 4, maxBytes: 6 * bytesOf(newUpload().tracks) }
      const queue = createMemoryQueue(bounds)
      const model = new Map<string, number>()
      for (const { tracks, keep } of steps) {
        const upload = newUpload({ tracks })
        const used = [...model.values()].reduce((sum, bytes) => sum + bytes, 0)
        const fits = model.size < bounds.maxUploads && used + bytesOf(upload.tracks) <= bounds.maxBytes
        const added = await queue.add(upload).then(
          () => true,
          () => false,
        )
        expect(added).toBe(fits)
        if (added) model.set(upload.uploadId, bytesOf(upload.tracks))
        const [oldest] = model.keys()
        const rest = (oldest && (await queue.read(oldest))?.tracks.slice(0, keep)) || []
        if (oldest === undefined) continue
        await queue.settle(oldest, rest)
        if (rest.length > 0) model.set(oldest, bytesOf(rest))
        else model.delete(oldest)
      }
      expect(await queue.ids()).toEqual([...model.keys()])
    }),
  )
})
