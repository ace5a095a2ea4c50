// What is told of many persons together: sums of which no single person can be read. Pure.
//
// A cell is an hour or a day of one kind. It is left out below ten persons, and its averages below 25. Nobody counts for more than the second
// largest contributor, and noise of eight such contributions at most hides whether one of them is there. The noise is fixed by the cell and its persons, so asking again
// tells nothing new; everything coarser is added up from cells, so it tells nothing new either.
import { createHmac } from '../../runtime/digest.ts'
import type { Groups } from './request.ts'

export interface Contribution {
  readonly person: string
  /** Where the hour or day begins, Unix milliseconds. */
  readonly timeMs: number
  readonly kind: string
  /** Samples of the person in the cell. */
  readonly samples: number
  /** By metric: of how many samples, and their sum. */
  readonly metrics: Readonly<Record<string, { readonly count: number; readonly sum: number }>>
}

export interface Cell {
  readonly timeMs: number
  readonly kind: string
  /** Of samples, a multiple of 5. */
  readonly count: number
  /** By metric; absent where fewer than 25 persons have it. */
  readonly averages: Readonly<Record<string, number>>
}

const leastPersons = 10
/** An average of few changes so much with one person that no noise both hides that and leaves an average. */
const leastForAverage = 25
/** Nobody counts for more than the one at this place. */
const clampedAt = 2
/** In contributions as large as a person's can be. */
const countNoise = 8
const averageNoise = 16
const countStep = 5
const averageDigits = 4

/** `noiseKey` is the operator's secret: who knows it takes the noise off again. */
export function protect(
  contributions: readonly Contribution[],
  of: { readonly noiseKey: string; readonly interval: string },
): Cell[] {
  const cells = Map.groupBy(contributions, ({ timeMs, kind }) => `${of.interval} ${timeMs} ${kind}`)
  return [...cells].flatMap(([name, members]) => {
    const [first] = members
    if (first === undefined || members.length < leastPersons) return []
    const persons = members.map(({ person }) => person).sort()
    const noise = (what: string) => uniform(of.noiseKey, JSON.stringify([name, what, persons]))
    const metrics = [...new Set(members.flatMap((member) => Object.keys(member.metrics)))]
    const averages = metrics.flatMap((metric) => {
      const average = averageOf(
        members.flatMap((member) => member.metrics[metric] ?? []),
        noise(metric),
      )
      return average === undefined ? [] : [[metric, average] as const]
    })
    const samples = members.map((member) => member.samples)
    return [
      {
        ...{ timeMs: first.timeMs, kind: first.kind, count: countOf(samples, noise('samples')) },
        averages: Object.fromEntries(averages),
      },
    ]
  })
}

/** Between -1 and 1, the same for the same text. */
function uniform(key: string, text: string): number {
  const digits = createHmac('sha256', key).update(text).digest('hex').slice(0, 12)
  return (2 * Number.parseInt(digits, 16)) / 2 ** 48 - 1
}

const descending = (a: number, b: number) => b - a
const mostOf = (counts: readonly number[]) => counts.toSorted(descending)[clampedAt - 1] ?? 0
const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0)

function countOf(counts: readonly number[], noise: number): number {
  const most = mostOf(counts)
  const sum = total(counts.map((count) => Math.min(count, most)))
  return Math.max(0, countStep * Math.round((sum + countNoise * most * noise) / countStep))
}

/** Of the persons' averages; the outermost (one on each side, one of fifty where there are more) count as the next inwards do. */
function averageOf(members: readonly { count: number; sum: number }[], noise: number): number | undefined {
  const present = members.filter(({ count }) => count > 0)
  if (present.length < leastForAverage) return undefined
  const own = present.map(({ count, sum }) => sum / count).sort(descending)
  const outermost = Math.max(1, Math.floor(own.length / 50))
  const [highest = 0, lowest = 0] = [own[outermost], own.at(-1 - outermost)]
  const most = mostOf(present.map(({ count }) => count))
  const weights = present.map(({ count }) => Math.min(count, most))
  const values = present.map(({ count, sum }) => Math.min(Math.max(sum / count, lowest), highest))
  const weight = total(weights)
  const average = total(values.map((value, i) => value * (weights[i] ?? 0))) / weight
  const spread = (most * (highest - lowest)) / weight
  return Number((average + averageNoise * spread * noise).toPrecision(averageDigits))
}

/** All samples of these cells. */
export const samplesOf = (cells: readonly Cell[]): number => total(cells.map(({ count }) => count))

/** The groups that were asked for, as Elasticsearch would answer them. Sums are averages times counts. */
export function grouped(groups: Groups, cells: readonly Cell[]): Record<string, object> {
  const answers = Object.entries(groups).map(([name, group]) => {
    if ('by' in group) {
      const buckets = [...Map.groupBy(cells, (cell) => cell[group.by])]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, some]) => ({
          ...{ key, ...(typeof key === 'number' && { key_as_string: new Date(key).toISOString() }) },
          ...{ doc_count: samplesOf(some), ...grouped(group.groups, some) },
        }))
      return [name, { buckets }]
    }
    if (group.metric === 'value_count') return [name, { value: samplesOf(cells) }]
    const { field } = group
    const having = cells.filter(({ averages }) => averages[field] !== undefined)
    const sum = total(having.map(({ averages, count }) => (averages[field] ?? 0) * count))
    const value = group.metric === 'sum' ? sum : sum / samplesOf(having)
    return [name, { value: Number.isFinite(value) ? value : null }]
  })
  return Object.fromEntries(answers)
}

/** The metrics of which averages are needed. */
export function metricsOf(groups: Groups): string[] {
  const found = Object.values(groups).flatMap((group) => {
    if ('by' in group) return metricsOf(group.groups)
    return group.metric === 'value_count' ? [] : [group.field]
  })
  return [...new Set(found)]
}
