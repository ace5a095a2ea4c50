// The books of an upload: what became of each accepted sample, and whether all of them are accounted for.
import { outcomesOf, type Stage, stages } from '../contracts/outcomes.ts'
import type { LedgerCount, TrackBooks } from './port.ts'

/** Samples by outcome, zeros included, and by reason where there is one. */
type StageBooks = Readonly<Record<string, number | Readonly<Record<string, number>>>>
export type Books = Readonly<Record<Stage, StageBooks>>

export function booksOf(counts: readonly LedgerCount[]): Books {
  return Object.fromEntries(stages.map((stage) => [stage, stageBooks(stage, counts)])) as Books
}

function stageBooks(stage: Stage, counts: readonly LedgerCount[]): StageBooks {
  const totals: Record<string, number> = Object.fromEntries(outcomesOf[stage].map((outcome) => [outcome, 0]))
  const reasons: Record<string, number> = {}
  for (const count of counts) {
    if (count.stage !== stage) continue
    totals[count.outcome] = (totals[count.outcome] ?? 0) + count.samples
    if (count.reason !== '') reasons[count.reason] = (reasons[count.reason] ?? 0) + count.samples
  }
  return Object.keys(reasons).length > 0 ? { ...totals, reasons } : totals
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
