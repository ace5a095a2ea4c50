// Registers bikes and their owners, all or none. Throws when two riders would own a bike at the same time.
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { writeRegistrations } from '../../engines/postgres/fleet/registry-store.ts'
import { planRegistrations } from './plan.ts'
import type { BikeRegistration } from './port.ts'

/** `author` is noted with each change of an owner: `console:{user}`, or the tool that does it. */
export function registerBikes(
  sql: Sql,
  bikes: readonly BikeRegistration[],
  author = 'platform:tools',
): Promise<void> {
  return writeRegistrations(sql, bikes, (registrations, known) =>
    planRegistrations(registrations, known, author),
  )
}
