// One line of k6's JSON output as a measured point, if it is one that reports are made of. Pure.
import type { FlowName } from '../scenarios/scenario.ts'

const reported = [
  'upload_ms',
  'samples_accepted',
  'samples_in_doubt',
  'left_in_phones',
  'dropped_iterations',
] as const
type Reported = (typeof reported)[number]

export interface Point {
  readonly metric: Reported
  readonly atMs: number
  readonly value: number
  readonly flow: FlowName | ''
  readonly status: string
  readonly reason: string
  /** Id of the upload that an attempt was for; empty where it was for none. */
  readonly upload: string
}

interface Line {
  readonly type: string
  readonly data: {
    readonly time: string
    readonly value: number
    readonly tags?: Readonly<Record<string, string>> | null
    /** What k6 makes no time series of. */
    readonly metadata?: Readonly<Record<string, string>>
  }
}

const beginning = /^\{"metric":"([a-z0-9_]+)"/

/** k6 writes a dozen points a request; most lines are left unparsed. */
export function readPoint(line: string): Point | undefined {
  const metric = reported.find((name) => name === beginning.exec(line)?.[1])
  if (metric === undefined) return undefined
  const { type, data } = JSON.parse(line) as Line
  if (type !== 'Point') return undefined
  const { flow = '', status = '', reason = '' } = data.tags ?? {}
  const { upload = '' } = data.metadata ?? {}
  return {
    metric,
    atMs: Date.parse(data.time),
    value: data.value,
    flow: flow as Point['flow'],
    status,
    reason,
    upload,
  }
}
