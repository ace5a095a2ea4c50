// Closed lists of doubts about a statement or a bike: behind intake, review, flags and the runbook.

import { cutText } from '../../runtime/foreign-text.ts'
import { longestSubject } from '../statements/subjects.ts'

export const severities = ['flag', 'hold', 'refuse'] as const
/**
 * `flag`: the statement is applied and the doubt remembered. `hold`: it waits for a reviewer, or for a statement that explains
 * it. `refuse`: it can never be right.
 */
export type Severity = (typeof severities)[number]

/** Doubts about statements, with their severity. */
export const statementReasons = {
  /** The bytes or the row are no statement. */
  unreadable: 'refuse',
  /** The envelope's version is not known here. */
  version_unknown: 'hold',
  /** The id belongs to a statement with other content. */
  event_id_reused: 'refuse',
  /** The seal is wrong, or its key was not believed when the record came. */
  seal_invalid: 'refuse',
  /** It came after the time from which on its key is distrusted. */
  key_distrusted: 'refuse',
  /** Nobody has proven who says it. Refused unless the installation holds such statements. */
  unsealed: 'hold',
  /** The partner may not say it, or not of this bike, component or definition. */
  outside_grant: 'hold',
  /** A field is missing or is no date, no id, no name. */
  field_invalid: 'refuse',
  serial_format: 'hold',
  check_digit: 'hold',
  component_type_unknown: 'hold',
  model_unknown: 'hold',
  bike_unknown: 'hold',
  component_unknown: 'hold',
  /** The serial number is known, with other facts. */
  serial_taken: 'hold',
  /** The frame number is known, with another bike id. */
  frame_number_taken: 'hold',
  /** The bike id is known, with another frame number. */
  bike_id_taken: 'hold',
  /** Plant and OEM contradict each other about a bike. */
  sources_contradict: 'hold',
  /** Somebody owns the bike that is said to be sold. */
  bike_owned: 'hold',
  /** The component is in another bike at that time. */
  component_elsewhere: 'hold',
  /** Another component is in the slot at that time. */
  slot_taken: 'hold',
  /** The component to remove is not in the bike at that time. */
  component_absent: 'hold',
  component_recycled: 'hold',
  /** Produced after it was delivered, installed, sold … */
  order_of_times: 'hold',
  time_in_future: 'hold',
  /** Before e-bikes with modules existed. */
  time_implausible: 'hold',
  /** The slot is not in the model, or takes another type. */
  slot_unknown: 'hold',
  /** The bill of materials has a part that the bike came without. */
  part_missing: 'flag',
  model_not_produced_then: 'flag',
  /** Somebody else has said the same before. */
  said_before: 'flag',
} as const satisfies Record<string, Severity>

export type StatementReason = keyof typeof statementReasons

/** A reviewer may accept what is unlikely. The impossible is not acceptable: nothing could change, or the database refuses it. */
export const acceptableReasons = [
  'unsealed',
  'outside_grant',
  'serial_format',
  'check_digit',
  'serial_taken',
  'bike_id_taken',
  'sources_contradict',
  'component_absent',
  'component_recycled',
  'order_of_times',
  'time_in_future',
  'time_implausible',
] as const satisfies readonly StatementReason[]

export interface Finding {
  readonly reason: StatementReason
  readonly severity: Severity
  /** `{type}:{serial number}`, `frame:{number}`, a slot, or a field. */
  readonly subject: string
  /** For people: what exactly is wrong, with both sides of a contradiction. */
  readonly detail: string
  /** Facts that show it, for a side-by-side view. */
  readonly evidence: Readonly<Record<string, string>>
}

const longestText = 1_000

/** Texts without end are cut: findings go into tables, records and pages. */
export function finding(
  reason: StatementReason,
  subject: string,
  { detail, evidence = {} }: { detail: string; evidence?: Readonly<Record<string, string>> },
): Finding {
  return {
    reason,
    severity: statementReasons[reason],
    subject: cutText(subject, longestSubject),
    detail: cutText(detail, longestText),
    evidence: Object.fromEntries(
      Object.entries(evidence).map(([fact, value]) => [fact, cutText(value, longestText)]),
    ),
  }
}
