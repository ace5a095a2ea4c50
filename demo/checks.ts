// Comparing what the engines say with what the plan demands. Pure.
import { fields, type Kind } from '../proto/index.ts'
import type { ResearchSample } from '../testkit/research-samples.ts'
import type { PlannedRide } from './plan.ts'
import { expectedRule } from './roles.ts'

/** What a stored sample shows, as far as it is compared. */
export interface StoredSample {
  readonly timeMs: number
  readonly kind: Kind
  readonly values: Readonly<Record<string, number>>
  readonly provenance: { readonly rule: string }
}

/** A corrected clock is right up to the time that the deciding upload travelled. */
const clockToleranceMs = 10_000

/** The samples of a bike in the search store against its ride: none missing, none twice, right times, same values. */
export function faultsOf(ride: PlannedRide, stored: readonly StoredSample[]): string[] {
  if (ride.truth.length === 0)
    return stored.length === 0 ? [] : [`${stored.length} samples, of which none counts`]
  const faults: string[] = []
  const errors = new Set<number>()
  for (const { kind, timesMs, columns } of ride.truth) {
    const found = stored.filter((sample) => sample.kind === kind).sort((a, b) => a.timeMs - b.timeMs)
    if (found.length !== timesMs.length) {
      faults.push(`${found.length} ${kind} samples of ${timesMs.length}`)
      continue
    }
    for (const [i, sample] of found.entries()) {
      errors.add(sample.timeMs - (timesMs[i] as number))
      const { key } = columns.find((column) => !sameCell(kind, column, { i, values: sample.values })) ?? {}
      if (key !== undefined) faults.push(`${kind} sample ${i}: ${key} is ${sample.values[key]}`)
    }
  }
  if (errors.size > 1) faults.push(`times are shifted by ${errors.size} different amounts`)
  const worst = Math.max(...[...errors].map(Math.abs))
  if (worst > clockToleranceMs) faults.push(`times are wrong by ${worst} ms`)
  const rules = new Set(stored.map(({ provenance }) => provenance.rule))
  if (rules.size !== 1 || !rules.has(expectedRule[ride.role]))
    faults.push(`clock rule ${[...rules].join(', ')}`)
  return faults
}

function sameCell(
  kind: Kind,
  column: PlannedRide['truth'][number]['columns'][number],
  { i, values }: { i: number; values: Readonly<Record<string, number>> },
): boolean {
  const scale = fields[kind].find(({ key }) => key === column.key)?.scale ?? 1
  const cell = column.values[i] as number
  const value = values[column.key]
  return Number.isNaN(cell) ? value === undefined : value !== undefined && Math.round(value * scale) === cell
}

/** Samples in the analytics topic by subject, and how many of them are there more than once. */
export function countDelivered(samples: readonly Pick<ResearchSample, 'subject' | 'kind' | 'timeMs'>[]): {
  bySubject: Map<string, number>
  doubles: number
} {
  const bySubject = new Map<string, number>()
  const seen = new Set<string>()
  for (const { subject, kind, timeMs } of samples) {
    bySubject.set(subject, (bySubject.get(subject) ?? 0) + 1)
    seen.add(`${subject} ${kind} ${timeMs}`)
  }
  return { bySubject, doubles: samples.length - seen.size }
}
