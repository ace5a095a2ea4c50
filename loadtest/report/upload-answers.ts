// What senders know of each upload from its answers, and the ledger beside it. Pure.

/** Samples of one upload over all its attempts; of modules, which know no uploads, of all that one has published. */
export interface UploadAnswers {
  /** Of one attempt. */
  readonly samples: number
  /** As the answers, or the broker's acknowledgements, say. */
  readonly accepted: number
  /** Sent without an answer that counts: they may have been accepted. */
  readonly inDoubt: number
}

/** By upload id, or by sender. */
export type AnswersByUpload = ReadonlyMap<string, UploadAnswers>

export interface SentUpload extends UploadAnswers {
  /** In the ledger. */
  readonly booked: number
}

const none: UploadAnswers = { samples: 0, accepted: 0, inDoubt: 0 }

export function createUploadAnswers() {
  const uploads = new Map<string, UploadAnswers>()

  function add(id: string, { accepted = 0, inDoubt = 0 }: { accepted?: number; inDoubt?: number }): void {
    const known = uploads.get(id) ?? none
    uploads.set(id, {
      samples: Math.max(known.samples, accepted, inDoubt),
      accepted: known.accepted + accepted,
      inDoubt: known.inDoubt + inDoubt,
    })
  }

  return { add, uploads: uploads as AnswersByUpload }
}

/** Each upload that either side knows. `booked`: samples in the ledger, by the same ids. */
export function besideLedger(answers: AnswersByUpload, booked: ReadonlyMap<string, number>): SentUpload[] {
  const ids = new Set([...answers.keys(), ...booked.keys()])
  return [...ids].map((id) => ({ ...none, ...answers.get(id), booked: booked.get(id) ?? 0 }))
}

export function acceptedOf(answers: AnswersByUpload): number {
  return [...answers.values()].reduce((sum, { accepted }) => sum + accepted, 0)
}

export interface Comparison {
  readonly accepted: number
  readonly inDoubt: number
  /** Accepted, and not in the ledger. */
  readonly missing: number
  /** In the ledger beyond the answers, and not in doubt. */
  readonly unexplained: number
  /** In the ledger once more, since doubt had their phones send them again. */
  readonly repeated: number
}

/** Upload by upload: what one has too much never makes up for what another lacks. */
export function compareUploads(sent: readonly SentUpload[]): Comparison {
  const sumOf = (count: (upload: SentUpload) => number) => sent.reduce((sum, each) => sum + count(each), 0)
  return {
    accepted: sumOf(({ accepted }) => accepted),
    inDoubt: sumOf(({ inDoubt }) => inDoubt),
    missing: sumOf(({ accepted, booked }) => Math.max(0, accepted - booked)),
    unexplained: sumOf(({ accepted, inDoubt, booked }) => Math.max(0, booked - accepted - inDoubt)),
    repeated: sumOf(({ samples, inDoubt, booked }) => Math.min(inDoubt, Math.max(0, booked - samples))),
  }
}
