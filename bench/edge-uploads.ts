// What phones send to an edge, prepared beforehand, and the load that a process of its own makes of it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { fromBinary } from '@bufbuild/protobuf'
import { encodeAttempt } from '../client/index.ts'
import { nodeGzip } from '../client/node/index.ts'
import type { TestIssuer } from '../edge/testing/issuer.ts'
import { CleanTrackSchema, uuidText, uuidV7Bytes } from '../proto/index.ts'
import { cleanRides } from './clean-rides.ts'
import type { LoadOutcome, LoadPlan } from './edge-load.ts'

export type Uploads = LoadPlan['uploads']

const distinctUploads = 1_000
const senders = 100

/** The edge's settings under a load that comes from one address. */
export const unlimited = { RATE_PER_ADDRESS: '0', RATE_PER_SENDER: '0', SAMPLE_RATE_PER_SENDER: '0' }

/** As the client sends them: a track of a ride each, gzip. Each sender has his own bikes and token. */
export async function prepareUploads(of: {
  issuer: TestIssuer
  tripsDir: string | undefined
  samplesPerUpload: number
}): Promise<Uploads> {
  const { issuer, tripsDir, samplesPerUpload } = of
  const records = await cleanRides({
    samples: distinctUploads * samplesPerUpload * 1.1,
    samplesPerTrack: samplesPerUpload,
    tripsDir,
  })
  const tracks = records
    .filter(({ samples }) => samples === samplesPerUpload)
    .slice(0, distinctUploads)
    .map(({ key, value }) => ({
      bikeId: uuidText(key),
      bytes: fromBinary(CleanTrackSchema, value).raw?.track ?? new Uint8Array(0),
    }))
  const bikes = [...new Set(tracks.map(({ bikeId }) => bikeId))]
  const senderOf = (bikeId: string) => bikes.indexOf(bikeId) % senders
  const tokens = await Promise.all(
    Array.from({ length: senders }, (_, sender) =>
      issuer.token({ subject: `rider-${sender}`, bikes: bikes.filter((bike) => senderOf(bike) === sender) }),
    ),
  )
  const clock = { sentAtMs: Date.now(), bootId: 1, monotonicMs: 1_000_000, clockEpoch: 1 }
  return Promise.all(
    tracks.map(async ({ bikeId, bytes }) => {
      const upload = { uploadId: uuidText(uuidV7Bytes()), tracks: [bytes] }
      const { body } = await encodeAttempt(upload, clock, nodeGzip)
      return { body: Buffer.from(body).toString('base64'), token: tokens[senderOf(bikeId)] ?? '' }
    }),
  )
}

/** Rejects when an answer was not the expected one. */
export async function loadServer(plan: LoadPlan): Promise<LoadOutcome> {
  const child = fork(fileURLToPath(new URL('edge-load.ts', import.meta.url)))
  child.send(plan)
  const [outcome] = (await once(child, 'message')) as [LoadOutcome]
  if (Object.keys(outcome.unexpected).length > 0)
    throw new Error(`unexpected answers: ${JSON.stringify(outcome.unexpected)}`)
  return outcome
}
