// The chain of the log of queries: each row's hash is made of the row and of the hash before it, so that a row that was changed, put in or
// taken out shows. Pure.
import { createHash } from '../../runtime/digest.ts'
import type { AnsweredQuery, LoggedQuery, QueryLog } from './port.ts'

/** Before the first row. */
export const firstHash = '0'.repeat(64)

/** SHA-256 of the JSON of hash before, number, researcher, time (ISO 8601), query, documents, bytes; 64 hex digits. */
export function hashOf(before: string, number: number, answered: AnsweredQuery): string {
  const { researcher, askedAt, query, documents, answerBytes } = answered
  const row = [before, number, researcher, askedAt.toISOString(), query, documents, answerBytes]
  return createHash('sha256').update(JSON.stringify(row)).digest('hex')
}

type Link = Pick<LoggedQuery, 'number' | 'hash'>

const rowsAtOnce = 1_000

/**
 * The last row of the log, when all rows after `known` follow from it; `known` itself is row 0 with the first hash, or a row of the log.
 * Rejects with the number of the first that does not.
 */
export async function verifyChain(queries: Pick<QueryLog, 'after'>, known: Link): Promise<Link> {
  let last = known
  if (known.number > 0) {
    const [row] = await queries.after(known.number - 1, 1)
    if (row?.number !== known.number || row.hash !== known.hash)
      throw new Error(`query ${known.number} is not the one that it was`)
  }
  for (;;) {
    const rows = await queries.after(last.number, rowsAtOnce)
    for (const row of rows) {
      const { number, hash } = row
      if (number !== last.number + 1) throw new Error(`query ${last.number + 1} is missing`)
      if (hash !== hashOf(last.hash, number, row))
        throw new Error(`query ${number}, or one before it, was changed`)
      last = { number, hash }
    }
    if (rows.length < rowsAtOnce) return last
  }
}
