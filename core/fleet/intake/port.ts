// What the intake of files needs of the database, and what partners say to the API.

export interface FileKey {
  /** As in the envelope: `plant:…`, `oem:…`, `service:…`. */
  readonly source: string
  readonly sha256: Uint8Array
  /** For people. */
  readonly name: string
}

export interface FileProgress {
  /** Rows whose statements Kafka has. */
  readonly rowsRead: number
  readonly finished: boolean
}

export interface IntakeFiles {
  /** How far the file was read before, under whatever name. */
  progress(file: FileKey): Promise<FileProgress>
  record(file: FileKey, progress: FileProgress): Promise<void>
}

/** Statements that the API takes at once. */
export const mostStatements = 100

/** A statement as a partner says it to the API. */
export interface SaidStatement {
  /** In the JSON mapping. */
  readonly statement: Readonly<Record<string, unknown>>
  /** Of a sale: the platform makes the code of the receipt. */
  readonly makeClaimCode: boolean
}

export type TakenStatement =
  | {
      readonly outcome: 'accepted'
      readonly eventId: string
      /** Under which it is stored. */
      readonly statementId: string
      readonly claimCode?: string
    }
  | {
      readonly outcome: 'refused'
      readonly reason: 'statement_invalid' | 'outside_grant'
      /** For people. */
      readonly detail: string
    }

/** The answer to statements that a partner says together: all of them are refused, or each has its own outcome, in the order of the request. */
export type TakenBatch =
  | { readonly refused: 'partner_unknown' | 'door_closed' | 'source_foreign'; readonly detail: string }
  | { readonly statements: readonly TakenStatement[] }
