// The queue between recording and sending, as the uploader sees it, and one in memory.
import type { RejectedTrack } from './answer.ts'
import type { SealedUpload } from './seal.ts'

/** Why the edge will never take something: the whole upload by its status, or some tracks by their reasons. */
export type Rejection =
  | { readonly kind: 'upload'; readonly status: number; readonly body: string }
  | { readonly kind: 'tracks'; readonly tracks: readonly RejectedTrack[] }

/** Keeps uploads until they are settled. An upload leaves it by `settle` or `reject`, never on its own. */
export interface UploadQueue {
  /** Resolves when the upload is safe; one that is there already stays as it is. Throws QueueFullError. */
  add(upload: SealedUpload): Promise<void>
  /** The ids of all queued uploads, oldest first. */
  ids(): Promise<readonly string[]>
  /** Undefined when there is no such upload. */
  read(uploadId: string): Promise<SealedUpload | undefined>
  /** What is left to send of an upload: some of its tracks, or none, which removes it. */
  settle(uploadId: string, remaining: readonly Uint8Array[]): Promise<void>
  /** Puts the tracks of `upload` aside with the answer; `settle` follows. */
  reject(upload: SealedUpload, rejection: Rejection): Promise<void>
}

export interface QueueBounds {
  readonly maxUploads: number
  readonly maxBytes: number
  /** How many rejections are kept for people to look at; the oldest go first. */
  readonly maxRejected: number
}

/** More than eight hundred hours of riding in uploads of five minutes. */
export const defaultQueueBounds: QueueBounds = {
  maxUploads: 10_000,
  maxBytes: 64 * 1024 * 1024,
  maxRejected: 100,
}

/** The queue holds all it may. Free space (send, or drop what the app can spare) and add again. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError'
  readonly bound: 'maxUploads' | 'maxBytes'

  constructor(bound: 'maxUploads' | 'maxBytes', limit: number) {
    super(`the upload queue is full: ${bound} is ${limit}`)
    this.bound = bound
  }
}

/** Throws QueueFullError when one more upload of `bytes` does not fit. */
export function checkRoom(
  { uploads, bytes }: { uploads: number; bytes: number },
  added: number,
  bounds: QueueBounds,
): void {
  if (uploads >= bounds.maxUploads) throw new QueueFullError('maxUploads', bounds.maxUploads)
  if (bytes + added > bounds.maxBytes) throw new QueueFullError('maxBytes', bounds.maxBytes)
}

export interface MemoryQueue extends UploadQueue {
  readonly rejected: readonly { upload: SealedUpload; rejection: Rejection }[]
}

/** For simulators and tests; an app that may be killed uses `openFileQueue`. */
export function createMemoryQueue(options: Partial<QueueBounds> = {}): MemoryQueue {
  const bounds = { ...defaultQueueBounds, ...options }
  const uploads = new Map<string, SealedUpload>()
  const rejected: { upload: SealedUpload; rejection: Rejection }[] = []
  let bytes = 0

  return {
    rejected,
    add: async (upload) => {
      if (uploads.has(upload.uploadId)) return
      checkRoom({ uploads: uploads.size, bytes }, bytesOf(upload.tracks), bounds)
      uploads.set(upload.uploadId, upload)
      bytes += bytesOf(upload.tracks)
    },
    ids: async () => [...uploads.keys()],
    read: async (uploadId) => uploads.get(uploadId),
    settle: async (uploadId, remaining) => {
      const before = uploads.get(uploadId)
      if (!before) return
      bytes += bytesOf(remaining) - bytesOf(before.tracks)
      if (remaining.length > 0) uploads.set(uploadId, { uploadId, tracks: remaining })
      else uploads.delete(uploadId)
    },
    reject: async (upload, rejection) => {
      rejected.push({ upload, rejection })
      if (rejected.length > bounds.maxRejected) rejected.shift()
    },
  }
}

export function bytesOf(tracks: readonly Uint8Array[]): number {
  return tracks.reduce((sum, track) => sum + track.length, 0)
}
