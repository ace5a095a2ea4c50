// Registers bikes and their owners, all or none. Throws when two riders would own a bike at the same time.
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { writeRegistrations } from '../../engines/postgres/fleet/registry-store.ts'
import { planRegistrations } from './plan.ts'
import type { BikeRegistration } from './port.ts'

export function registerBikes(sql: Sql, bikes: readonly BikeRegistration[]): Promise<void> {
  return writeRegistrations(sql, bikes, planRegistrations)
}
