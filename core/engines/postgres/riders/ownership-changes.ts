// Writes changes of owners, and what ends with them: codes, offers, commands.
import type { OwnershipChange } from '../../../riders/ownership/port.ts'
import type { Transaction } from '../client/connect.ts'
import { endCommands } from '../devices/command-store.ts'
import { forgetSettings } from '../devices/settings-store.ts'

/** At most one change a bike. Rejects where a bike would have two owners at a time. */
export async function writeOwnershipChanges(
  tx: Transaction,
  changes: readonly OwnershipChange[],
  usedCode?: string,
): Promise<void> {
  if (changes.length === 0) return
  const bikeIds = changes.map(({ bikeId }) => bikeId)
  const ending = changes.filter(({ former }) => former !== undefined)
  const beginning = changes.filter(({ newRiderId }) => newRiderId !== undefined)
  await endOwnerships(tx, ending)
  await tx`
    insert into ownerships (bike_id, rider_id, owned)
    select bike_id, rider_id, tstzrange(begins, null) from unnest(
      ${beginning.map(({ bikeId }) => bikeId)}::uuid[],
      ${beginning.map(({ newRiderId }) => newRiderId ?? null)}::text[],
      ${beginning.map(({ atMs }) => isoTime(atMs))}::timestamptz[]
    ) as given (bike_id, rider_id, begins) order by bike_id`
  await insertChanges(tx, changes)
  const usedBy = changes[0]?.newRiderId ?? null
  await endCodes(tx, { bikeIds, usedCode, usedBy })
  // Staff and the platform may have commanded a bike that nobody owned, too.
  const commanded = await tx<{ bikeId: string }[]>`
    select distinct bike_id as "bikeId" from commands
    where bike_id = any(${bikeIds}::uuid[]) and state in ('queued', 'sent', 'acknowledged')`
  const ended = [...ending, ...commanded].map(({ bikeId }) => bikeId)
  if (ended.length === 0) return
  await endCommands(tx, ended, 'the bike has another owner')
  await forgetSettings(tx, ended)
}

/** One that would end before it began never was; the trigger keeps the former row. */
async function endOwnerships(tx: Transaction, ending: readonly OwnershipChange[]): Promise<void> {
  if (ending.length === 0) return
  const given = tx`unnest(
    ${ending.map(({ bikeId }) => bikeId)}::uuid[],
    ${ending.map(({ former }) => former?.riderId ?? '')}::text[],
    ${ending.map(({ atMs }) => isoTime(atMs))}::timestamptz[]
  ) as given (bike_id, rider_id, ends)`
  await tx`
    delete from ownerships as known using ${given}
    where known.bike_id = given.bike_id and known.rider_id = given.rider_id
      and lower(owned) >= ends and (upper_inf(owned) or upper(owned) > ends)`
  await tx`
    update ownerships as known set owned = tstzrange(lower(owned), ends) from ${given}
    where known.bike_id = given.bike_id and known.rider_id = given.rider_id
      and (lower_inf(owned) or lower(owned) < ends) and (upper_inf(owned) or upper(owned) > ends)`
}

async function insertChanges(tx: Transaction, changes: readonly OwnershipChange[]): Promise<void> {
  await tx`
    insert into ownership_changes (bike_id, kind, former_rider, new_rider, begins_at, author, reason)
    select * from unnest(
      ${changes.map(({ bikeId }) => bikeId)}::uuid[],
      ${changes.map(({ kind }) => kind)}::text[],
      ${changes.map(({ former }) => former?.riderId ?? null)}::text[],
      ${changes.map(({ newRiderId }) => newRiderId ?? null)}::text[],
      ${changes.map(({ atMs }) => isoTime(atMs))}::timestamptz[],
      ${changes.map(({ author }) => author)}::text[],
      ${changes.map(({ reason }) => reason)}::text[])`
}

interface EndedCodes {
  readonly bikeIds: readonly string[]
  readonly usedCode: string | undefined
  readonly usedBy: string | null
}

async function endCodes(tx: Transaction, { bikeIds, usedCode = '', usedBy }: EndedCodes): Promise<void> {
  const ended = tx`
    ended_at = now(), used_by = case when sha256 = decode(${usedCode}, 'hex') then ${usedBy} end
    where bike_id = any(${[...bikeIds]}::uuid[]) and ended_at is null`
  await tx`update claim_codes set ${ended}`
  await tx`update ownership_offers set ${ended}`
}

const isoTime = (ms: number) => new Date(ms).toISOString()
