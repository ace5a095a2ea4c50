// What the edge will never take: kept on disk with the answer, within bounds.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFileQueue } from './file-queue.ts'
import { losingPower, type TemporaryFolder, temporaryFolder } from './testing/temporary-queue.ts'
import { newUpload } from './testing/uploads.ts'

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

describe('what is put aside', () => {
  test('can be looked at: the upload, and beside it the answer', async () => {
    const queue = await folder.open()
    const upload = newUpload()
    await queue.reject(upload, rejection)
    expect(await names('rejected')).toEqual([`${upload.uploadId}.1`, `${upload.uploadId}.1.json`])
    const answer = await folder.files.read(`rejected/${upload.uploadId}.1.json`)
    expect(JSON.parse(new TextDecoder().decode(answer))).toEqual(rejection)
  })

  test('is kept each time, also for the twelfth time', async () => {
    const queue = await folder.open()
    const upload = newUpload()
    for (let status = 1; status <= 12; status++) await queue.reject(upload, { ...rejection, status })
    const answers = (await names('rejected')).filter((name) => name.endsWith('.json'))
    expect(answers).toHaveLength(12)
  })

  test('is bounded; the oldest uploads go first, with their answers', async () => {
    const queue = await folder.open({ maxRejected: 2 })
    const uploads = Array.from({ length: 4 }, () => newUpload())
    for (const upload of uploads) await queue.reject(upload, rejection)
    const kept = uploads.slice(2).flatMap(({ uploadId }) => [`${uploadId}.1`, `${uploadId}.1.json`])
    expect(await names('rejected')).toEqual(kept.sort())
  })
})

test('a power cut at any moment of putting aside leaves nothing that is never removed', async () => {
  for (let afterSteps = 0; afterSteps < 8; afterSteps++) {
    const [old, recent] = [newUpload(), newUpload()]
    await (await folder.open()).reject(old, rejection)
    const files = losingPower(folder.files, { afterSteps, written: 0.5 })
    const dying = await openFileQueue({ files, maxRejected: 1 })
    await isDone(dying.reject(recent, rejection))
    await (await folder.open({ maxRejected: 1 })).reject(recent, rejection)
    const kept = await names('rejected')
    expect(kept.map((name) => name.startsWith(recent.uploadId))).toEqual([true, true])
  }
})
