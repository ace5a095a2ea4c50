// Words of this room: rules of Prometheus as data.

export interface Recording {
  readonly record: string
  readonly labels?: Readonly<Record<string, string>>
  /** PromQL. */
  readonly value: string
}

interface Condition {
  /** PromQL, which has series while the platform runs well, too. */
  readonly value: string
  readonly is: '>' | '<' | '=='
  readonly bound: number
}

export interface Alarm {
  readonly name: string
  /** `page`: somebody acts now, also at night. `ticket`: somebody acts on a working day. */
  readonly severity: 'page' | 'ticket'
  /** All hold at the same time, for the same labels. */
  readonly conditions: readonly Condition[]
  readonly forMinutes: number
  /** One sentence; may hold Prometheus' templates. */
  readonly summary: string
  /** Heading in docs/operations.md that says what to do. */
  readonly runbook: string
}
