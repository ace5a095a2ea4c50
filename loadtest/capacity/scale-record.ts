// The record of `npm run bench -- scale`, as far as the model reads it. Pure.
import { z } from 'zod'

export const measuredStages = ['edge', 'normalize', 'search', 'latest', 'analytics', 'ledger'] as const
export type MeasuredStage = (typeof measuredStages)[number]

export const sizedTopics = [
  'telemetry.raw',
  'telemetry.clean',
  'telemetry.stored',
  'telemetry.outcomes',
  'analytics.tracks',
] as const
export type SizedTopic = (typeof sizedTopics)[number]

const sizedTables = ['ledger_tracks', 'ledger_counts', 'latest_state', 'analytics_claims'] as const

/** JSON has null for NaN, which is no measurement; nor is nothing. */
const more = z.number().positive()
const none = z.number().nonnegative()
const bytesPerRow = z.object({ bytesPerRow: more })

const measurement = z.object({
  stage: z.string(),
  instances: z.int().positive(),
  counted: more,
  seconds: more,
  cpuSeconds: more,
  engineSeconds: z.object({ kafka: more, elasticsearch: none, postgres: none }),
})

const scaleRecord = z.object({
  measuredAt: z.iso.datetime(),
  machine: z.object({ cpuModel: z.string(), cores: more, memoryGiB: more, node: z.string() }),
  command: z.string(),
  figures: z
    .object({
      samplesPerTrack: more,
      measured: z.array(measurement),
      sizes: z.object({
        bytesPerRecord: z.object(named(sizedTopics, more)),
        bytesPerRow: z.object(named(sizedTables, bytesPerRow)),
      }),
    })
    .superRefine(({ measured }, context) => {
      const missing = (message: string) => context.addIssue({ code: 'custom', message, path: ['measured'] })
      for (const stage of measuredStages) {
        const found = measured.filter((each) => each.stage === stage)
        for (const instances of [1, 2]) {
          if (!found.some((each) => each.instances === instances)) missing(`no ${stage}, ${instances} of it`)
        }
        const engine = workHorse[stage]
        if (engine !== undefined && found.some(({ engineSeconds }) => engineSeconds[engine] === 0)) {
          missing(`${stage} without CPU of ${engine}`)
        }
      }
    }),
})

/** The engine that cannot have been idle while a stage worked. */
const workHorse: Partial<Record<MeasuredStage, 'elasticsearch' | 'postgres'>> = {
  search: 'elasticsearch',
  ledger: 'postgres',
}

export type ScaleRecord = z.infer<typeof scaleRecord>

/** Throws an Error that names each figure that is missing, zero or no number. */
export function readScaleRecord(text: string): ScaleRecord {
  const read = scaleRecord.safeParse(JSON.parse(text))
  if (read.success) return read.data
  throw new Error(`no sound record of the benchmark:\n${z.prettifyError(read.error)}`)
}

/** Seconds a million samples. */
export interface StageSeconds {
  /** Time of the processes, waiting for engines included: the reciprocal of their throughput. */
  readonly busy: number
  readonly cpu: number
  readonly kafka: number
  readonly elasticsearch: number
  readonly postgres: number
}

/** Of so many processes of the stage. */
export function secondsOf({ figures }: ScaleRecord, stage: MeasuredStage, instances = 1): StageSeconds {
  const found = figures.measured.find((each) => each.stage === stage && each.instances === instances)
  if (found === undefined) throw new Error(`the record has no ${stage}, ${instances} of it`)
  const perMillion = (value: number) => (value * 1e6) / found.counted
  const { kafka, elasticsearch, postgres } = found.engineSeconds
  return {
    busy: perMillion(found.seconds),
    cpu: perMillion(found.cpuSeconds),
    kafka: perMillion(kafka),
    elasticsearch: perMillion(elasticsearch),
    postgres: perMillion(postgres),
  }
}

function named<Name extends string, Schema>(names: readonly Name[], schema: Schema): Record<Name, Schema> {
  return Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, Schema>
}
