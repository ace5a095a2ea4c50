// What k6 knows at its end as the summary of a run. Pure.
import type { LoadSummary } from '../plan.ts'

/** Of k6's `handleSummary`, as far as it is read. */
export interface SummaryData {
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly type: string
        readonly values: { readonly count?: number }
        readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>
      }
    >
  >
}

/** Of a trend without values k6 says that its thresholds hold; they are left out. A counter without values counts zero. */
export function summaryOf({ metrics }: SummaryData): LoadSummary {
  const judged = Object.entries(metrics).filter(
    ([, { type, values }]) => type !== 'trend' || (values.count ?? 0) > 0,
  )
  const thresholds = judged.flatMap(([metric, { thresholds: rules = {} }]) =>
    Object.entries(rules).map(([rule, { ok }]) => ({ metric, rule, ok })),
  )
  return { thresholds }
}
