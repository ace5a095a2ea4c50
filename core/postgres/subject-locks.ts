// Whoever changes or compares master data first locks its subjects (core/fleet/subjects.ts), all in one order.
import type { Transaction } from './connect.ts'

/** Until the transaction ends; once a transaction, before it writes, so that nobody waits in a circle. */
export async function lockSubjects(tx: Transaction, subjects: readonly string[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(subject, 0) as key from unnest(${[...subjects]}::text[]) as subject order by key
    ) as keys`
}
