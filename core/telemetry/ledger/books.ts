// The books of an upload: the outcome of each accepted sample, and whether all samples are accounted for.
import { outcomesOf, type Stage, stages } from '../contracts/outcomes.ts'
import type { LedgerCount, TrackBooks } from './port.ts'

/** Samples by outcome, zeros included, and by reason where there is one. */
type StageBooks = Readonly<Record<string, number | Readonly<Record<string, number>>>>
export type Books = Readonly<Record<Stage, StageBooks>>

export function booksOf(counts: readonly LedgerCount[]): Books {
  return Object.fromEntries(stages.map((stage) => [stage, stageBooks(stage, counts)])) as Books
}

function stageBooks(stage: Stage, counts: readonly LedgerCount[]): StageBooks {
  // Maps: a reason that says "constructor" is a word as any other.
  const totals = new Map<string, number>(outcomesOf[stage].map((outcome) => [outcome, 0]))
  const reasons = new Map<string, number>()
  for (const count of counts) {
    if (count.stage !== stage) continue
    add(totals, count.outcome, count.samples)
    if (count.reason !== '') add(reasons, count.reason, count.samples)
  }
  const books = Object.fromEntries(totals)
  return reasons.size > 0 ? { ...books, reasons: Object.fromEntries(reasons) } : books
}

function add(sums: Map<string, number>, word: string, samples: number): void {
  sums.set(word, (sums.get(word) ?? 0) + samples)
}

/** Whether all tracks of all deliveries are in the books, and settled. */
export function isUploadSettled(tracks: readonly TrackBooks[]): boolean {
  const deliveries = Map.groupBy(tracks, ({ receivedAtMs }) => receivedAtMs)
  const complete = [...deliveries.values()].every(
    (delivery) => delivery.length >= (delivery[0]?.deliveryTracks ?? 0),
  )
  return complete && tracks.every(isSettled)
}

/** Whether every stage has said what became of every sample that reached it (docs/architecture.md, Books). */
export function isSettled({ accepted, counts }: Pick<TrackBooks, 'accepted' | 'counts'>): boolean {
  const sum = (stage: Stage, outcome?: string) =>
    counts
      .filter((count) => count.stage === stage && (outcome === undefined || count.outcome === outcome))
      .reduce((total, { samples }) => total + samples, 0)
  const clean = sum('normalize', 'clean')
  return (
    sum('normalize') === accepted &&
    sum('search') === clean &&
    sum('latest') === clean &&
    sum('analytics') === sum('search', 'stored')
  )
}
