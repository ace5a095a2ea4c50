// Freshness under load: small uploads beside it, and how long each takes to be searchable and to be the latest state.

import { createAttempt } from '../../client/attempt.ts'
import { type SealedUpload, type SendOutcome, sealUpload } from '../../client/index.ts'
import { nodeGzip } from '../../client/node/index.ts'
import { latestOf } from '../../core/engines/postgres/telemetry/latest-store.ts'
import { rest } from '../../core/runtime/back-off.ts'
import type { Track } from '../../proto/index.ts'
import { attemptClock, createPhone } from '../../simulator/index.ts'
import { type Freshness, measureFreshness } from '../../testkit/freshness.ts'
import { type AnswersByUpload, createUploadAnswers } from '../report/upload-answers.ts'
import { type LoadBike, type LoadRider, phoneOptions } from '../scenarios/plan.ts'
import { tokenOf } from './riders.ts'
import type { Target } from './target.ts'

export interface Probe extends Freshness {
  readonly atMs: number
}

export interface ProbeResult {
  readonly probes: readonly Probe[]
  readonly uploads: AnswersByUpload
  /** Probes that found no answer, or were not seen within their bound. */
  readonly missing: number
}

const everyMs = 500
const samples = 5
/** So many may be waited for; while they are, no new one is sent. */
const mostUnderWay = 16
const polls = { searchEveryMs: 50, latestEveryMs: 10 }
const phone = createPhone(phoneOptions)

export type Prober = ReturnType<typeof createProber>

export function createProber(of: {
  target: Target
  riders: readonly LoadRider[]
  /** How long a probe is waited for. */
  withinS: number
  signal: AbortSignal
}) {
  const { target, riders, signal } = of
  const probes: Probe[] = []
  const underWay = new Set<Promise<void>>()
  const tokens = new Map<string, string>()
  const answers = createUploadAnswers()
  let missing = 0
  let turn = 0

  async function probe(): Promise<void> {
    const rider = riders[turn % riders.length] as LoadRider
    const bike = rider.bikes[Math.floor(turn / riders.length) % rider.bikes.length] as LoadBike
    turn++
    const track = probeTrack(bike, Date.now() - 10_000)
    const upload = sealUpload({ tracks: [track] })
    const outcome = await send(upload, rider)
    if (outcome.kind === 'unavailable') answers.add(upload.uploadId, { inDoubt: samples })
    if (outcome.kind !== 'answered') return void missing++
    answers.add(upload.uploadId, { accepted: outcome.answer.accepted.samples })
    const atMs = Date.now()
    probes.push({ atMs, ...(await freshnessOf(bike.bikeId, track)) })
  }

  /** A token lives for an hour, a soak for longer. */
  async function send(upload: SealedUpload, rider: LoadRider): Promise<SendOutcome> {
    const attempt = createAttempt({
      url: `${target.env.EDGE_URL}/v1/telemetry`,
      token: async ({ renew }) => {
        const token = renew ? await tokenOf(target, rider) : (tokens.get(rider.riderId) ?? rider.token)
        tokens.set(rider.riderId, token)
        return token
      },
      stamp: () => attemptClock(phone, Date.now()),
      compression: nodeGzip,
    })
    return attempt(upload)
  }

  function freshnessOf(bikeId: string, { timesMs }: Track): Promise<Freshness> {
    const [fromMs, lastMs] = [timesMs[0] as number, timesMs[samples - 1] as number]
    return measureFreshness({
      acknowledgedAtMs: performance.now(),
      isSearchable: async () => {
        const page = await target.store.readSamples({ bikeId, fromMs, toMs: lastMs + 1, limit: 1 })
        return page.samples.length > 0
      },
      isLatest: async () => {
        const state = await latestOf(target.sql, bikeId)
        return state.some(({ group, eventAtMs }) => group === 'ride' && eventAtMs >= lastMs)
      },
      signal,
      patience: { ...polls, boundMs: 1_000 * of.withinS },
    })
  }

  return {
    /** One probe, to its end. */
    probe,
    async run(end: AbortSignal): Promise<void> {
      while (!end.aborted && !signal.aborted) {
        if (underWay.size < mostUnderWay) {
          const one: Promise<void> = probe()
            .catch(() => void missing++)
            .finally(() => underWay.delete(one))
          underWay.add(one)
        }
        await rest(everyMs, end)
      }
      await Promise.all(underWay)
    },
    result: (): ProbeResult => ({ probes, uploads: answers.uploads, missing }),
  }
}

function probeTrack({ bikeId, recorderId }: LoadBike, startMs: number): Track {
  const { bootId, clockEpoch, monotonicMs } = phone.at(startMs)
  return {
    bikeId,
    recorderId,
    kind: 'ride',
    clock: { bootId, clockEpoch, monotonicStartMs: monotonicMs },
    timesMs: Array.from({ length: samples }, (_, i) => startMs + 1_000 * i),
    columns: [{ key: 'speed_kmh', values: Array.from({ length: samples }, (_, i) => 20_000 + i) }],
  }
}
