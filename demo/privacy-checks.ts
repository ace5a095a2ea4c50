// What must hold when two riders have left. Pure.
import { type Check, check } from '../testkit/check.ts'
import type { PrivacyResult } from './privacy.ts'

export interface PrivacyReport {
  /** From the request to the first answer of the research gateway without the rider. */
  readonly withdrawnMs: number
  /** Whether nothing of the other one is left in the stores of samples and rides. */
  readonly erased: boolean
  /** Stores that the signed certificate names. */
  readonly certificate: number
}

const isErased = ({ left }: PrivacyResult) => left.samples + left.rides === 0

export function privacyReport(result: PrivacyResult): PrivacyReport {
  return { withdrawnMs: result.withdrawnMs, erased: isErased(result), certificate: result.certified }
}

export function checkPrivacy(result: PrivacyResult): Check[] {
  const { seen, isTold, left, certified } = result
  return [
    check('research: saw the rider before the withdrawal (gateway)', true, seen.before > 0),
    check('research: documents of the rider right after it (gateway)', 0, seen.after),
    check('research: readers of the stream are told', true, isTold),
    check('erased: samples (Elasticsearch)', 0, left.samples),
    check('erased: rides (PostgreSQL)', 0, left.rides),
    check('erased: the certificate holds and names stores', true, certified > 0),
  ]
}
