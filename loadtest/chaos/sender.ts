// A phone's way to the edge: the reference client with its queue, which keeps every upload until the edge has answered.
import { createMemoryQueue, createUploader, sealUpload } from '../../client/index.ts'
import { nodeGzip } from '../../client/node/index.ts'
import type { AttemptClock, Track } from '../../proto/index.ts'
import { requestToken } from '../../testkit/token.ts'
import type { Truth } from './truth.ts'

export interface Sender {
  /** Queued; the returned id is that of the upload. */
  send(tracks: readonly Track[]): Promise<string>
  /** Uploads that the edge has not answered yet. */
  waiting(): Promise<number>
  /** What the edge will never take, in words; none, if all is well. */
  rejected(): readonly string[]
  stop(): Promise<void>
}

export interface SenderOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly riderId: string
  readonly bikeIds: readonly string[]
  readonly stamp: () => AttemptClock
  readonly truth: Truth
}

/** More impatient than real phones, so that uploads are repeated while the first attempt is still under way. */
const timeoutMs = 5_000
const retry = { firstMs: 200, longestMs: 2_000 }

export function createSender(options: SenderOptions): Sender {
  const { env, riderId, bikeIds, stamp, truth } = options
  const queue = createMemoryQueue()
  const ending = new AbortController()
  let known: Promise<string> | undefined
  const uploader = createUploader({
    queue,
    url: `${env.EDGE_URL}/v1/telemetry`,
    token: ({ renew }) => {
      if (renew) known = undefined
      known ??= requestToken(env.TOKEN_URL ?? '', { subject: riderId, bikes: bikeIds })
      known.catch(() => {
        known = undefined
      })
      return known
    },
    stamp,
    compression: nodeGzip,
    timeoutMs,
    retry,
  })
  const sending = uploader.run({ signal: ending.signal })
  return {
    async send(tracks) {
      const upload = sealUpload({ tracks })
      truth.add(tracks)
      await queue.add(upload)
      uploader.wake()
      return upload.uploadId
    },
    waiting: async () => (await queue.ids()).length,
    rejected: () => queue.rejected.map(({ rejection }) => JSON.stringify(rejection)),
    async stop() {
      ending.abort()
      await sending
    },
  }
}
