// The stages that `bench scale` measures with one and with two processes: what runs, what is counted, and until when.
import { stages as outcomeStages } from '../core/telemetry/contracts/outcomes.ts'

export interface WorkerStage {
  readonly name: string
  /** In the checkout. */
  readonly args: readonly string[]
  /** A line of /metrics that counts the work, up to its closing brace. */
  readonly counter: RegExp
  /** What the counter counts. */
  readonly counts: 'samples' | 'records'
  /** Records of its topic that a track has on the whole platform. */
  readonly recordsPerTrack: number
  /** How much is measured, of all samples: the rest is for getting warm, and for what one does before another has joined. */
  readonly share: number
  /** A measurement of a slow stage ends after so many. */
  readonly mostSamples: number
  /** The stages behind need all of what this one writes. */
  readonly isToTheEnd: boolean
}

const samples = (outcomes: string) => new RegExp(`^worker_samples_total\\{[^}]*outcome="(?:${outcomes})"`)

/** In the order of the way: each reads what the ones before it have written. */
export const workerStages: readonly WorkerStage[] = [
  row('normalize', { counter: samples('clean'), isToTheEnd: true }),
  row('search', { counter: samples('stored'), mostSamples: 1_200_000 }),
  row('latest', { counter: samples('merged'), isToTheEnd: true }),
  row('analytics', { counter: samples('delivered|withheld'), mostSamples: 200_000 }),
  // Each stage of the books tells of each track; its topic has all that normalize and latest had to tell, which is half.
  row('ledger', {
    counter: /^worker_records_total\{[^}]*event="written"/,
    counts: 'records',
    recordsPerTrack: outcomeStages.length,
    share: 0.3,
  }),
]

function row(name: string, special: Partial<WorkerStage> & Pick<WorkerStage, 'counter'>): WorkerStage {
  return {
    name,
    args: ['core/main.ts', name],
    counts: 'samples',
    recordsPerTrack: 1,
    share: 0.4,
    mostSamples: Number.POSITIVE_INFINITY,
    isToTheEnd: false,
    ...special,
  }
}
