// What runs at an hour of a season: processes, and cores of the engines. Pure.
import { type Moment, rateAt } from './demand.ts'
import { type Basis, stageNames } from './measured.ts'
import { engineCores, needOf } from './stages.ts'

export interface HourNeed {
  /** Of all stages that follow the telemetry. */
  readonly processes: number
  /** Cores that those processes keep busy. */
  readonly cores: number
  /** Of Kafka, Elasticsearch and PostgreSQL, with copies and room. */
  readonly engineCores: number
}

export function needAt(p: Basis, moment: Moment): HourNeed {
  const rate = rateAt(p, moment)
  const needs = stageNames.map((stage) => needOf(p, stage, rate))
  const engines = (['kafka', 'elasticsearch', 'postgres'] as const).map((name) => engineCores(p, name, rate))
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return {
    processes: sum(needs.map(({ processes }) => processes)),
    cores: sum(needs.map(({ cores }) => cores)),
    engineCores: sum(engines),
  }
}
