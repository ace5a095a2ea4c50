// The record of `npm run bench -- scale`, as far as the model reads it. Pure.
import { z } from 'zod'

/** JSON has no NaN: an engine that was not on the machine. */
const seconds = z
  .number()
  .nullable()
  .transform((value) => value ?? 0)

const scaleRecord = z.object({
  figures: z.object({
    samplesPerTrack: z.number().positive(),
    measured: z.array(
      z.object({
        stage: z.string(),
        instances: z.number(),
        counted: z.number(),
        seconds: z.number().positive(),
        cpuSeconds: z.number(),
        engineSeconds: z.object({ kafka: seconds, elasticsearch: seconds, postgres: seconds }),
      }),
    ),
    sizes: z.object({
      bytesPerRecord: z.record(z.string(), z.number()),
      bytesPerRow: z.record(z.string(), z.object({ bytesPerRow: z.number() })),
    }),
  }),
})

export type ScaleFigures = z.infer<typeof scaleRecord>['figures']

export function readScaleRecord(text: string): ScaleFigures {
  return scaleRecord.parse(JSON.parse(text)).figures
}

/** Seconds a million samples. */
export interface StageSeconds {
  /** Time of the process, waiting for engines included: the reciprocal of its throughput. */
  readonly busy: number
  readonly cpu: number
  readonly kafka: number
  readonly elasticsearch: number
  readonly postgres: number
}

/** Of one process of the stage. */
export function secondsOf({ measured }: ScaleFigures, stage: string): StageSeconds {
  const found = measured.find((each) => each.stage === stage && each.instances === 1)
  if (found === undefined) throw new Error(`the record has no ${stage} with one process`)
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
