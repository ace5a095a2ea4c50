// Waits until what the tables say of bikes has gone through bike.entity to those who judge telemetry by it.
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { notYetKnown } from '../core/engines/postgres/fleet/known-bikes.ts'
import { waitUntil } from './wait.ts'

const withinMs = 60_000
const everyMs = 50
const neverAborted = new AbortController().signal

/** Of all bikes when none are named. */
export function waitUntilKnown(
  sql: Sql,
  { bikeIds, signal = neverAborted }: { bikeIds?: readonly string[]; signal?: AbortSignal },
): Promise<void> {
  const missing = async () =>
    (await notYetKnown(sql, bikeIds)).map((bikeId) => `bike ${bikeId} is not known as it is`)
  return waitUntil(missing, { withinMs, everyMs, signal })
}
