// Locks the subjects of a decision until its transaction ends.
import type { SubjectLock } from '../../../fleet/statements/subjects.ts'
import type { Transaction } from '../client/connect.ts'

// A batch names thousands of subjects, and PostgreSQL has room for a few thousand locks: subjects share this many.
const locks = 1_024
// Any two numbers, the same for every process.
const spaces = { definitions: 7_305_115, things: 7_305_116 }

/** Once a transaction, before it writes, and always in one order, so that nobody waits in a circle. */
export async function lockSubjects(tx: Transaction, subjects: readonly SubjectLock[]): Promise<void> {
  await tx`
    select case when alone then pg_advisory_xact_lock(space, key) else pg_advisory_xact_lock_shared(space, key) end
    from (
      select space, (hashtextextended(subject, 0) & ${locks - 1})::integer as key, bool_or(alone) as alone
      from unnest(
        ${subjects.map(({ isDefinition }) => (isDefinition ? spaces.definitions : spaces.things))}::integer[],
        ${subjects.map(({ subject }) => subject)}::text[],
        ${subjects.map(({ isExclusive }) => String(isExclusive))}::text[]::boolean[]
      ) as given (space, subject, alone)
      group by 1, 2 order by 1, 2
    ) as keys`
}
