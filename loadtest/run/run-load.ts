// The load itself: k6, modules and probes beside each other, while every service is sampled.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runK6 } from '../k6/run-k6.ts'
import { createUploadTimeline, type UploadTimeline } from '../report/upload-timeline.ts'
import type { LoadSummary } from '../scenarios/plan.ts'
import type { Flood } from './flood.ts'
import type { ModuleLoad } from './module-load.ts'
import type { Prober } from './probes.ts'

export interface LoadOptions {
  readonly k6: string
  readonly folder: string
  readonly seconds: number
  readonly prober: Prober
  readonly modules: ModuleLoad | undefined
  readonly flood: Flood | undefined
  readonly onProgress: (line: string) => void
  /** Ends the load early; the books are checked all the same. */
  readonly end: AbortSignal
  readonly signal: AbortSignal
}

export interface LoadResult {
  readonly timeline: UploadTimeline
  readonly summary: LoadSummary
  readonly startMs: number
  readonly endMs: number
  /** Not all of it was sent. */
  readonly endedEarly: boolean
}

const reportEveryMs = 10_000
/** For k6 to begin and to let its last uploads end. */
const k6MarginMs = 120_000

export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { k6, folder, seconds, prober, modules, flood, onProgress } = options
  const timeline = createUploadTimeline()
  const over = new AbortController()
  const startMs = Date.now()
  const ticker = setInterval(() => onProgress(progressOf(timeline, startMs)), reportEveryMs)
  const beside = Promise.all([prober.run(over.signal), modules?.run(over.signal), flood?.run(over.signal)])
  // Whoever fails first is told of below; the others end in order.
  beside.catch(() => over.abort())
  let endMs: number
  let endedEarly: boolean
  try {
    const end = AbortSignal.any([options.end, options.signal])
    const withinMs = seconds * 1_000 + k6MarginMs
    endedEarly = (await runK6({ k6, folder, onPoint: timeline.add, end, withinMs })).isEarly
  } finally {
    endMs = Date.now()
    clearInterval(ticker)
    over.abort()
  }
  await beside
  const summary = JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8')) as LoadSummary
  return { timeline, summary, startMs: timeline.startMs() ?? startMs, endMs, endedEarly }
}

function progressOf(timeline: UploadTimeline, startMs: number): string {
  const { samplesAccepted, answers } = timeline.totals()
  const others = Object.entries(answers)
    .filter(([answer]) => !answer.endsWith(' 202'))
    .reduce((sum, [, count]) => sum + count, 0)
  const atS = Math.round((Date.now() - startMs) / 1_000)
  return `${atS} s: ${samplesAccepted.toLocaleString('en')} samples accepted, ${others} attempts not`
}
