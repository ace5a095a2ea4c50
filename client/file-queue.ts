// A queue that survives the app: one file an upload, written aside and renamed, so that a file is whole or not there.
//
//   queued/<upload id>               how many bytes follow, in 4 bytes, and the bytes of an Upload
//   rejected/<upload id>.<n>         the Upload that the edge will never take, beside it <upload id>.<n>.json with its answer
//   rejected/<upload id>.unreadable  a queued file that is damaged
//   *.tmp                            an unfinished write; removed at the next start
import { MalformedError, readUpload, writeUpload } from '../proto/index.ts'
import type { Files } from './files.ts'
import {
  bytesOf,
  checkRoom,
  defaultQueueBounds,
  type QueueBounds,
  type Rejection,
  type UploadQueue,
} from './queue.ts'
import type { SealedUpload } from './seal.ts'

/** The attempt clock stands in the file because an Upload has one; every attempt brings its own. */
const noAttempt = { sentAtMs: 1, bootId: 0, monotonicMs: 0, clockEpoch: 0 }

export interface FileQueueOptions extends Partial<QueueBounds> {
  /** `nodeFiles(folder)`, or the platform's own. One process at a time owns the folder. */
  readonly files: Files
}

/** Opens the queue with all that an earlier run left in it. */
export async function openFileQueue({ files, ...options }: FileQueueOptions): Promise<UploadQueue> {
  const bounds = { ...defaultQueueBounds, ...options }
  await removeUnfinished(files)
  const sizes = await measure(files)
  /** Writers wait for each other, so that the bounds hold. */
  let turn: Promise<unknown> = Promise.resolve()

  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = turn.then(action)
    turn = result.catch(() => {})
    return result
  }

  async function store({ uploadId, tracks }: SealedUpload): Promise<void> {
    const bytes = bytesOf(tracks)
    if (!sizes.has(uploadId)) checkRoom({ uploads: sizes.size, bytes: total(sizes) }, bytes, bounds)
    const file = withLength(writeUpload({ uploadId, tracks, attempt: noAttempt }))
    await writeWhole(files, `queued/${uploadId}`, file)
    sizes.set(uploadId, bytes)
  }

  async function read(uploadId: string): Promise<SealedUpload | undefined> {
    const upload = sizes.has(uploadId) ? await load(files, uploadId) : undefined
    if (!upload) sizes.delete(uploadId)
    return upload
  }

  async function settle(uploadId: string, remaining: readonly Uint8Array[]): Promise<void> {
    if (!sizes.has(uploadId)) return
    if (remaining.length > 0) return store({ uploadId, tracks: remaining })
    await files.remove(`queued/${uploadId}`)
    sizes.delete(uploadId)
  }

  return {
    add: (upload) => inTurn(async () => (sizes.has(upload.uploadId) ? undefined : store(upload))),
    ids: async () => [...sizes.keys()],
    read,
    settle: (uploadId, remaining) => inTurn(() => settle(uploadId, remaining)),
    reject: (upload, rejection) => inTurn(() => putAside(files, { upload, rejection }, bounds.maxRejected)),
  }
}

function total(sizes: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const size of sizes.values()) sum += size
  return sum
}

/** An Upload that is cut between two tracks reads like one with fewer tracks; its length tells them apart. */
function withLength(bytes: Uint8Array): Uint8Array {
  const file = new Uint8Array(4 + bytes.length)
  new DataView(file.buffer).setUint32(0, bytes.length)
  file.set(bytes, 4)
  return file
}

function isWhole({ buffer, byteOffset, length }: Uint8Array): boolean {
  return length >= 4 && new DataView(buffer, byteOffset).getUint32(0) === length - 4
}

async function writeWhole(files: Files, path: string, bytes: Uint8Array): Promise<void> {
  await files.write(`${path}.tmp`, bytes)
  await files.rename(`${path}.tmp`, path)
}

async function removeUnfinished(files: Files): Promise<void> {
  for (const folder of ['queued', 'rejected']) {
    for (const name of await files.list(folder)) {
      if (name.endsWith('.tmp')) await files.remove(`${folder}/${name}`)
    }
  }
}

/** A queued upload; a file that is none, as after a fault of the disk, is put aside. */
async function load(files: Files, uploadId: string): Promise<SealedUpload | undefined> {
  const bytes = await files.read(`queued/${uploadId}`)
  if (!bytes) return undefined
  try {
    const upload = isWhole(bytes) ? readUpload(bytes.subarray(4)) : undefined
    if (upload?.uploadId === uploadId) return { uploadId, tracks: upload.tracks }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
  }
  await files.rename(`queued/${uploadId}`, `rejected/${uploadId}.unreadable`)
  return undefined
}

/** The bytes of each queued upload, oldest first: a UUIDv7 sorts by time. */
async function measure(files: Files): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const name of [...(await files.list('queued'))].sort()) {
    const upload = await load(files, name)
    if (upload) sizes.set(name, bytesOf(upload.tracks))
  }
  return sizes
}

async function putAside(
  files: Files,
  { upload, rejection }: { upload: SealedUpload; rejection: Rejection },
  maxRejected: number,
): Promise<void> {
  const names = (await files.list('rejected')).filter((name) => name.endsWith('.json')).sort()
  const before = names.filter((name) => name.startsWith(upload.uploadId)).map(rejectionNumber)
  const path = `rejected/${upload.uploadId}.${Math.max(0, ...before) + 1}`
  await writeWhole(files, path, writeUpload({ ...upload, attempt: noAttempt }))
  await writeWhole(files, `${path}.json`, new TextEncoder().encode(`${JSON.stringify(rejection, null, 2)}\n`))
  for (const name of names.slice(0, Math.max(0, names.length + 1 - maxRejected))) {
    await files.remove(`rejected/${name.slice(0, -'.json'.length)}`)
    await files.remove(`rejected/${name}`)
  }
}

/** The n of `<upload id>.<n>.json`. */
function rejectionNumber(name: string): number {
  return Number(name.split('.')[1])
}
