// Who calls with a session's token: for whoever answers researchers.
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { researcherOfSession } from '../../engines/postgres/research/access-store.ts'
import { sha256 } from './rules.ts'

/** `rs_` and 32 random bytes in base64url. */
const tokenForm = /^rs_[\w-]{43}$/

/**
 * The id of the researcher whose session holds at `now`; undefined where the token is none, has ended, or its key or its researcher
 * was revoked. Rejects when the database does not answer.
 *
 *     ('rs_Zk3…', now) → '0b5f8f3e-7c1d-4a53-9a7e-3f1f0f6b2c11'
 */
export async function researcherOf(sql: Sql, token: string, now: Date): Promise<string | undefined> {
  if (!tokenForm.test(token)) return undefined
  return (await researcherOfSession(sql, sha256(token), now))?.researcherId
}
