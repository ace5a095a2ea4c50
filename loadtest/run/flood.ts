// Who floods at what is allowed, beside the load: one rider's app and one module, each at so many samples a second, in the second
// half of the run.

import { createAttempt } from '../../client/attempt.ts'
import { sealUpload } from '../../client/index.ts'
import { nodeGzip } from '../../client/node/index.ts'
import { rest } from '../../core/runtime/back-off.ts'
import { attemptClock, createBike, createPhone, recordRide } from '../../simulator/index.ts'
import { type AnswersByUpload, createUploadAnswers } from '../report/upload-answers.ts'
import { type LoadBike, type LoadRider, phoneOptions } from '../scenarios/plan.ts'
import { createModuleLoad, type ModuleLoad } from './module-load.ts'
import { createRiders } from './riders.ts'
import type { Target } from './target.ts'

export interface Flood {
  readonly rider: LoadRider
  readonly uploads: AnswersByUpload
  readonly module: ModuleLoad
  /** Unix milliseconds; undefined before it began. */
  beganAtMs(): number | undefined
  run(end: AbortSignal): Promise<void>
}

export interface FloodOptions {
  readonly target: Target
  /** Begins the rider's id. */
  readonly prefix: string
  /** Samples of each of the two. */
  readonly perSecond: number
  /** From the beginning of the load until the flood. */
  readonly afterMs: number
  readonly seed: number
  readonly signal: AbortSignal
}

const everyMs = 1_000
/** A second of a ride is some 1.6 samples: of ride, battery and motor. */
const samplesPerRiddenSecond = 1.6
/** How long ago its rides began: whatever it floods stays in the past. */
const agoMs = 30 * 86_400_000
const phone = createPhone(phoneOptions)

export async function createFlood(options: FloodOptions): Promise<Flood> {
  const { target, prefix, perSecond, afterMs, seed, signal } = options
  const riddenS = Math.floor(perSecond / samplesPerRiddenSecond)
  const [rider] = (await createRiders({ target, prefix, riders: 1, bikesPerRider: 1 })) as [LoadRider]
  const pace = { trackSeconds: riddenS, everyMs, startMs: Date.now() - agoMs }
  const module = await createModuleLoad({ target, modules: 1, seed, pace, signal })
  const answers = createUploadAnswers()
  let beganAtMs: number | undefined

  const attempt = createAttempt({
    url: `${target.env.EDGE_URL}/v1/telemetry`,
    token: async () => rider.token,
    stamp: () => attemptClock(phone, Date.now()),
    compression: nodeGzip,
  })

  async function upload(round: number): Promise<void> {
    const bike = rider.bikes[0] as LoadBike
    const startMs = Date.now() - agoMs + round * riddenS * 1_000
    const chunks = recordRide(createBike(seed, 1).ride({ startMs, seconds: riddenS }), {
      recorder: { ...bike, phone },
      chunkMs: (riddenS + 60) * 1_000,
    })
    const sealed = sealUpload({ tracks: chunks.flatMap(({ tracks }) => tracks) })
    const outcome = await attempt(sealed)
    if (outcome.kind === 'unavailable') answers.add(sealed.uploadId, { inDoubt: perSecond })
    if (outcome.kind === 'answered')
      answers.add(sealed.uploadId, { accepted: outcome.answer.accepted.samples })
  }

  async function send(end: AbortSignal): Promise<void> {
    for (let round = 0; !end.aborted; round++) {
      const nextMs = performance.now() + everyMs
      await upload(round)
      const waitMs = Math.max(0, nextMs - performance.now())
      await rest(waitMs, end)
    }
  }

  return {
    ...{ rider, module, uploads: answers.uploads },
    beganAtMs: () => beganAtMs,
    async run(end) {
      await rest(afterMs, end)
      if (end.aborted) return
      beganAtMs = Date.now()
      await Promise.all([send(end), module.run(end)])
    },
  }
}
