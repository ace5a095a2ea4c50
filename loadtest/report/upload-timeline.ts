// k6's points, second by second. Raw durations are kept only while their second may still grow, so a long run stays small. Pure.
import type { Point } from '../k6/points.ts'
import { type AnswersByUpload, createUploadAnswers } from './upload-answers.ts'

export interface UploadSecond {
  /** Seconds since the beginning of the load. */
  readonly atS: number
  /** Of uploads that were accepted; undefined when there were none. */
  readonly p50Ms: number | undefined
  readonly p95Ms: number | undefined
  readonly p99Ms: number | undefined
  readonly samplesAccepted: number
  /** Attempts of phones by status: `202`, `429`, …, `0` without an answer. */
  readonly byStatus: Readonly<Record<string, number>>
}

export interface UploadTotals {
  readonly samplesAccepted: number
  readonly uploads: AnswersByUpload
  /** Uploads that k6 could not begin in time. */
  readonly dropped: number
  /** Refused uploads that a phone had no room to keep. */
  readonly leftInPhones: number
  /** Attempts by flow, status and reason, such as `hostile 413 ratio_too_high`. */
  readonly answers: Readonly<Record<string, number>>
}

interface OpenSecond {
  readonly durationsMs: number[]
  readonly byStatus: Record<string, number>
  samplesAccepted: number
}

/** k6 writes a point when its request has ended, in batches; no request takes longer. */
const openS = 40

export function createUploadTimeline() {
  const open = new Map<number, OpenSecond>()
  const closed: UploadSecond[] = []
  const answers: Record<string, number> = {}
  const { add: addAnswer, uploads } = createUploadAnswers()
  let startMs: number | undefined
  let samplesAccepted = 0
  let dropped = 0
  let leftInPhones = 0

  function secondOf(atMs: number): OpenSecond {
    startMs ??= Math.floor(atMs / 1_000) * 1_000
    const atS = Math.max(0, Math.floor((atMs - startMs) / 1_000))
    const known = open.get(atS) ?? { durationsMs: [], byStatus: {}, samplesAccepted: 0 }
    open.set(atS, known)
    closeBefore(atS - openS)
    return known
  }

  function closeBefore(atS: number): void {
    for (const [each, second] of [...open].sort(([a], [b]) => a - b)) {
      if (each >= atS) return
      closed.push(close(each, second))
      open.delete(each)
    }
  }

  function add({ metric, atMs, value, flow, status, reason, upload }: Point): void {
    if (metric === 'samples_in_doubt') addAnswer(upload, { inDoubt: value })
    else if (metric === 'dropped_iterations') dropped += value
    else if (metric === 'left_in_phones') leftInPhones += value
    else if (metric === 'samples_accepted') {
      samplesAccepted += value
      addAnswer(upload, { accepted: value })
      secondOf(atMs).samplesAccepted += value
    } else {
      const answer = [flow, status, reason].filter((word) => word !== '').join(' ')
      answers[answer] = (answers[answer] ?? 0) + 1
      if (flow === 'hostile') return
      const second = secondOf(atMs)
      second.byStatus[status] = (second.byStatus[status] ?? 0) + 1
      if (status === '202') second.durationsMs.push(value)
    }
  }

  return {
    add,
    /** Unix milliseconds of second 0; undefined before the first point. */
    startMs: () => startMs,
    seconds(): UploadSecond[] {
      closeBefore(Number.POSITIVE_INFINITY)
      return closed.toSorted((a, b) => a.atS - b.atS)
    },
    totals: (): UploadTotals => ({
      samplesAccepted,
      uploads,
      dropped,
      leftInPhones,
      answers: { ...answers },
    }),
  }
}

export type UploadTimeline = ReturnType<typeof createUploadTimeline>

function close(atS: number, { durationsMs, byStatus, samplesAccepted }: OpenSecond): UploadSecond {
  const sorted = durationsMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  return { atS, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), samplesAccepted, byStatus }
}
