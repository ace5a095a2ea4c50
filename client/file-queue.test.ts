// The file queue: whatever moment the power goes, the next start finds each upload whole or not at all.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFileQueue } from './file-queue.ts'
import type { UploadQueue } from './queue.ts'
import { losingPower, type TemporaryFolder, temporaryFolder } from './testing/temporary-queue.ts'
import { newUpload, numbers } from './testing/uploads.ts'

let folder: TemporaryFolder

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(() => folder.remove())

const rejection = { kind: 'upload', status: 400, body: 'no' } as const
const names = async (of: string) => [...(await folder.files.list(of))].sort()
const isDone = (action: Promise<void>) =>
  action.then(
    () => true,
    () => false,
  )

async function tracksIn(queue: UploadQueue, uploadId: string): Promise<number[] | undefined> {
  const upload = await queue.read(uploadId)
  return upload && numbers(upload.tracks)
}

describe('when the power goes', () => {
  /** More steps than any action has. */
  const moments = Array.from({ length: 5 }, (_, afterSteps) => afterSteps)
  const parts = [0, 0.5, 1]
  const cases = moments.flatMap((afterSteps) => parts.map((written) => ({ afterSteps, written })))

  test.each(cases)('while an upload is added (%j), it is there if add said so, and whole', async (moment) => {
    const dying = await openFileQueue({ files: losingPower(folder.files, moment) })
    const upload = newUpload({ tracks: 3 })
    const added = await isDone(dying.add(upload))
    const queue = await folder.open()
    expect(await tracksIn(queue, upload.uploadId)).toEqual(added ? [0, 1, 2] : undefined)
    expect(await names('queued')).toEqual(added ? [upload.uploadId] : [])
    expect(await names('rejected')).toEqual([])
    await queue.add(upload)
    expect(await tracksIn(queue, upload.uploadId)).toEqual([0, 1, 2])
  })

  test.each(cases)(
    'while an upload is settled (%j), it has its old tracks or its new ones',
    async (moment) => {
      const upload = newUpload({ tracks: 3 })
      await (await folder.open()).add(upload)
      const dying = await openFileQueue({ files: losingPower(folder.files, moment) })
      const settled = await isDone(dying.settle(upload.uploadId, upload.tracks.slice(2)))
      const queue = await folder.open()
      expect(await tracksIn(queue, upload.uploadId)).toEqual(settled ? [2] : [0, 1, 2])
    },
  )

  test.each(cases)('while tracks are put aside (%j), the upload is still queued', async (moment) => {
    const upload = newUpload({ tracks: 2 })
    await (await folder.open()).add(upload)
    const dying = await openFileQueue({ files: losingPower(folder.files, moment) })
    await isDone(dying.reject(upload, rejection))
    const queue = await folder.open()
    expect(await tracksIn(queue, upload.uploadId)).toEqual([0, 1])
    await queue.reject(upload, rejection)
    const kept = await names('rejected')
    expect(kept.filter((name) => name.endsWith('.json')).length).toBeGreaterThan(0)
    expect(kept.filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})

test('a queued file that is cut anywhere, or has anything behind it, is put aside, and the others stay', async () => {
  const [cut, whole] = [newUpload({ tracks: 4 }), newUpload({ first: 10 })]
  const path = `queued/${cut.uploadId}`
  const filled = await folder.open()
  await filled.add(cut)
  await filled.add(whole)
  const bytes = (await folder.files.read(path)) as Uint8Array
  for (const length of [...bytes.keys(), bytes.length + 1]) {
    const damaged = new Uint8Array(length)
    damaged.set(bytes.subarray(0, length))
    await folder.files.write(path, damaged)
    const queue = await folder.open()
    expect(await queue.ids()).toEqual([whole.uploadId])
    expect(await names('rejected')).toEqual([`${cut.uploadId}.unreadable`])
  }
})

test('files that hold something else entirely do not stop the queue from opening', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      const { uploadId } = newUpload()
      await folder.files.write(`queued/${uploadId}`, bytes)
      expect(await (await folder.open()).ids()).toEqual([])
    }),
    { numRuns: 30 },
  )
})

test('a file that holds another upload than its name says is put aside', async () => {
  const upload = newUpload()
  await (await folder.open()).add(upload)
  const { uploadId } = newUpload()
  await folder.files.rename(`queued/${upload.uploadId}`, `queued/${uploadId}`)
  expect(await (await folder.open()).ids()).toEqual([])
  expect(await names('rejected')).toEqual([`${uploadId}.unreadable`])
})

test('a file that is damaged while the queue is open is put aside when it is read', async () => {
  const queue = await folder.open()
  const upload = newUpload()
  await queue.add(upload)
  await folder.files.write(`queued/${upload.uploadId}`, Uint8Array.of(1, 2, 3))
  expect(await queue.read(upload.uploadId)).toBeUndefined()
  expect(await queue.ids()).toEqual([])
})

test('the next start finds all uploads, the oldest first, and counts them', async () => {
  const uploads = Array.from({ length: 5 }, (_, first) => newUpload({ first }))
  const before = await folder.open()
  for (const upload of uploads.toReversed()) await before.add(upload)
  const queue = await folder.open({ maxUploads: 5 })
  expect(await queue.ids()).toEqual(uploads.map(({ uploadId }) => uploadId))
  await expect(queue.add(newUpload())).rejects.toThrow('maxUploads is 5')
})
