// The whole model: from a fleet to what it sends, what that needs and what it costs. Pure.
import { meanRate, peakRate, type Rate, samplesPerYear, troughRate } from './demand.ts'
import { elasticsearchNeed, type TierNeed } from './elasticsearch.ts'
import { type HourNeed, needAt } from './hours.ts'
import { kafkaNeed } from './kafka.ts'
import { type Basis, type StageName, stageNames } from './measured.ts'
import { type Expense, expensesOf, meanProcesses, type Needs } from './money.ts'
import type { Parameters } from './parameters.ts'
import { quietNeed } from './quiet-services.ts'
import { needOf, type StageNeed } from './stages.ts'
import { brokerNeed, postgresNeed } from './stores.ts'

export interface Capacity extends Needs {
  readonly parameters: Parameters
  readonly years: number
  readonly samplesPerYear: Rate
  readonly rates: { readonly peak: Rate; readonly mean: Rate; readonly trough: Rate }
  readonly stages: readonly {
    readonly stage: StageName
    readonly peak: StageNeed
    readonly mean: StageNeed
    readonly trough: StageNeed
  }[]
  readonly meanProcesses: number
  /** Working days: the 24 hours of one in January and of one in July. */
  readonly hours: { readonly january: readonly HourNeed[]; readonly july: readonly HourNeed[] }
  readonly byYear: readonly YearNeed[]
  readonly expenses: readonly Expense[]
  readonly moneyPerYear: number
}

/** At the end of the year, and what that costs a year. */
interface YearNeed {
  readonly year: number
  readonly kafkaGiB: number
  readonly tiers: readonly TierNeed[]
  /** Of one copy. */
  readonly postgresGiB: number
  readonly moneyPerYear: number
}

/** `years`: after so many of them (a whole number), with nothing deleted. */
export function capacityOf(basis: Basis, years: number): Capacity {
  const { measured: _, ...parameters } = basis
  const rates = { peak: peakRate(basis), mean: meanRate(basis), trough: troughRate(basis) }
  const { peak, mean, trough } = rates
  const needs = needsAfter(basis, { peak, years })
  const expenses = expensesOf(basis, needs)
  return {
    parameters,
    years,
    samplesPerYear: samplesPerYear(basis),
    rates,
    stages: stageNames.map((stage) => ({
      stage,
      peak: needOf(basis, stage, peak),
      mean: needOf(basis, stage, mean),
      trough: needOf(basis, stage, trough),
    })),
    meanProcesses: meanProcesses(basis),
    hours: { january: workingDay(basis, 0), july: workingDay(basis, 6) },
    ...needs,
    byYear: Array.from({ length: years }, (_, i) => yearNeed(basis, { peak, year: i + 1 })),
    expenses,
    moneyPerYear: sumOf(expenses),
  }
}

function needsAfter(basis: Basis, { peak, years }: { peak: Rate; years: number }): Needs {
  return {
    quiet: quietNeed(basis),
    kafka: kafkaNeed(basis, peak),
    elasticsearch: elasticsearchNeed(basis, { peak, years }),
    postgres: postgresNeed(basis, { peak, years }),
    broker: brokerNeed(basis, peak),
  }
}

function yearNeed(basis: Basis, { peak, year }: { peak: Rate; year: number }): YearNeed {
  const needs = needsAfter(basis, { peak, years: year })
  return {
    year,
    kafkaGiB: needs.kafka.diskGiB,
    tiers: needs.elasticsearch.tiers,
    postgresGiB: needs.postgres.diskGiB,
    moneyPerYear: sumOf(expensesOf(basis, needs)),
  }
}

function workingDay(basis: Basis, month: number): HourNeed[] {
  return Array.from({ length: 24 }, (_, hour) => needAt(basis, { month, weekday: 3, hour }))
}

function sumOf(expenses: readonly Expense[]): number {
  return expenses.reduce((sum, { perYear }) => sum + perYear, 0)
}
