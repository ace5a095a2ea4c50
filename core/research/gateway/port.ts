// The needs of the research gateway: who asks, who is hidden, what is left to a researcher, the copy, and the log of queries.

/** The id of the researcher to whom a token belongs; undefined when it is nobody's. Rejects when that cannot be told now. */
export type Identify = (token: string) => Promise<string | undefined>

/** Asked for each query, and never kept. Every method rejects when the answer cannot be had. */
export interface Persons {
  /** All who have withdrawn and whom the copy has not forgotten for certain. */
  hidden(): Promise<readonly string[]>
  /** Those of the persons whose consent lasts: their key is there. */
  consenting(persons: readonly string[]): Promise<ReadonlySet<string>>
}

interface Spending {
  readonly researcher: string
  readonly documents: number
}

/** How much a researcher may ask, over all processes of the gateway. */
interface Limits {
  readonly documentsADay: number
  readonly queriesAMinute: number
}

export interface Budgets {
  /** Takes a query and so many documents from what is left, or nothing at all and says which of both is spent. */
  take(spending: Spending, limits: Limits): Promise<'taken' | 'budget_spent' | 'too_many_queries'>
  /** Of those taken today, documents that were not shown. */
  giveBack(spending: Spending): Promise<void>
}

/** A query that was answered. */
export interface AnsweredQuery {
  readonly researcher: string
  /** To the millisecond. */
  readonly askedAt: Date
  /** As the gateway understood it, JSON. */
  readonly query: string
  readonly documents: number
  readonly answerBytes: number
}

export interface LoggedQuery extends AnsweredQuery {
  /** 1, 2, 3, … without a gap. */
  readonly number: number
  /** 64 hex digits: of this row and of the hash before it. */
  readonly hash: string
}

export interface QueryLog {
  /** Resolves when the row is kept for certain. */
  append(query: AnsweredQuery): Promise<void>
  /** At most `limit` rows with greater numbers, in order. */
  after(number: number, limit: number): Promise<readonly LoggedQuery[]>
}

/** A month of a group, or all months of it without `month`. */
export interface Months {
  readonly group: 'ride' | 'system'
  /** `2026.01`. */
  readonly month?: string
}

export interface ResearchReader {
  /**
   * The engine's answer to a body that the gateway has made, of all shards. Rejects with an UnknownMonthError where a month is named that
   * is not there, with an error for all else, and after ten seconds.
   */
  search(months: readonly Months[], body: object): Promise<unknown>
}

export class UnknownMonthError extends Error {}
