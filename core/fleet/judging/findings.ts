// What can be doubtful about a statement or a bike: the closed lists behind intake, review, flags and the runbook.

import { cutText } from '../../runtime/storable.ts'
import { longestSubject } from '../statements/subjects.ts'

export const severities = ['flag', 'hold', 'refuse'] as const
/** `flag`: accepted and remembered; `hold`: waits for a reviewer or for what explains it; `refuse`: can never be right. */
export type Severity = (typeof severities)[number]

/** Reasons that a statement gives cause for, with their severity. */
export const statementReasons = {
  /** The bytes or the row are no statement. */
  unreadable: 'refuse',
  /** The envelope's version is not known here. */
  version_unknown: 'hold',
  /** The id belongs to a statement with other content. */
  event_id_reused: 'refuse',
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

/** A reviewer may accept what is unlikely, but not what cannot be: there is nothing to change, or the database refuses it. */
export const acceptableReasons = [
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
  /** What it is about: `{type}:{serial number}`, `frame:{number}`, a slot, a field. */
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
