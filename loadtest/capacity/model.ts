// The whole model: from a fleet to what it sends, what that needs and what it costs. Pure.
import { meanRate, peakRate, type Rate, samplesPerYear, troughRate } from './demand.ts'
import { elasticsearchNeed } from './elasticsearch.ts'
import { kafkaNeed } from './kafka.ts'
import { type Expense, expensesOf, meanProcesses, type Needs } from './money.ts'
import type { Parameters } from './parameters.ts'
import { needOf, type StageName, type StageNeed, stageNames } from './stages.ts'
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
  readonly expenses: readonly Expense[]
  readonly moneyPerYear: number
}

/** `years`: after so many of them, with nothing deleted. */
export function capacityOf(parameters: Parameters, years: number): Capacity {
  const rates = {
    peak: peakRate(parameters),
    mean: meanRate(parameters),
    trough: troughRate(parameters),
  }
  const { peak, mean, trough } = rates
  const needs = {
    kafka: kafkaNeed(parameters, peak),
    elasticsearch: elasticsearchNeed(parameters, { peak, years }),
    postgres: postgresNeed(parameters, peak),
    broker: brokerNeed(parameters, peak),
  }
  const expenses = expensesOf(parameters, needs)
  return {
    parameters,
    years,
    samplesPerYear: samplesPerYear(parameters),
    rates,
    stages: stageNames.map((stage) => ({
      stage,
      peak: needOf(parameters, stage, peak),
      mean: needOf(parameters, stage, mean),
      trough: needOf(parameters, stage, trough),
    })),
    meanProcesses: meanProcesses(parameters),
    ...needs,
    expenses,
    moneyPerYear: expenses.reduce((sum, { perYear }) => sum + perYear, 0),
  }
}
