// Writes changes of stays in bikes, which the database keeps from overlapping, and the codes that sales issue.
import type { ChangeKind, StatedChange } from '../../../fleet/judging/changes/changes.ts'
import type { Transaction } from '../client/connect.ts'

/** Thrown when a row is no longer what it was when the change was decided. */
export class ChangedMeanwhile extends Error {}

/** Each writes all changes of its kind in a batch. */
export type Writers = {
  [K in ChangeKind]: (tx: Transaction, said: readonly StatedChange<K>[]) => Promise<unknown>
}

export const stayWriters: Pick<Writers, 'remove' | 'split' | 'backdate' | 'install' | 'issue_code'> = {
  async remove(tx, said) {
    const { count } = await tx`
      update installations as known
      set installed = tstzrange(lower(known.installed), given.ends), removed_by = given.said_by
      from unnest(
        ${said.map(({ change }) => change.installation.componentId)}::uuid[],
        ${said.map(({ change }) => isoTime(change.installation.fromMs))}::timestamptz[],
        ${said.map(({ change }) => isoTime(change.installation.untilMs))}::timestamptz[],
        ${said.map(({ change }) => isoTime(change.untilMs))}::timestamptz[],
        ${saidBy(said)}::uuid[]
      ) as given (component_id, begins, ended, ends, said_by)
      where known.component_id = given.component_id and lower(known.installed) = given.begins
        and upper(known.installed) is not distinct from given.ended`
    if (count !== said.length) throw new ChangedMeanwhile('an installation has ended meanwhile')
  },

  async split(tx, said) {
    const { count } = await tx`
      with given as (
        select * from unnest(
          ${said.map(({ change }) => change.installation.componentId)}::uuid[],
          ${said.map(({ change }) => isoTime(change.installation.fromMs))}::timestamptz[],
          ${said.map(({ change }) => isoTime(change.untilMs))}::timestamptz[],
          ${said.map(({ change }) => isoTime(change.again.fromMs))}::timestamptz[],
          ${said.map(({ change }) => change.again.installedBy)}::uuid[],
          ${saidBy(said)}::uuid[]
        ) as given (component_id, begins, ends, begins_again, installed_again_by, said_by)
      ), ended as (
        update installations as known
        set installed = tstzrange(begins, ends), removed_by = said_by
        from given where known.component_id = given.component_id and lower(known.installed) = begins
      )
      insert into installations (bike_id, slot, component_id, installed, installed_by, removed_by)
      select bike_id, slot, component_id, tstzrange(begins_again, upper(installed)), installed_again_by, removed_by
      from installations as known join given using (component_id) where lower(known.installed) = begins`
    if (count !== said.length) throw new ChangedMeanwhile('an installation has changed meanwhile')
  },

  async backdate(tx, said) {
    const { count } = await tx`
      update installations as known
      set installed = tstzrange(given.begins, upper(known.installed)), installed_by = given.said_by
      from unnest(
        ${said.map(({ change }) => change.installation.componentId)}::uuid[],
        ${said.map(({ change }) => isoTime(change.installation.fromMs))}::timestamptz[],
        ${said.map(({ change }) => isoTime(change.fromMs))}::timestamptz[],
        ${saidBy(said)}::uuid[]
      ) as given (component_id, began, begins, said_by)
      where known.component_id = given.component_id and lower(known.installed) = given.began`
    if (count !== said.length) throw new ChangedMeanwhile('an installation has changed meanwhile')
  },

  install: (tx, said) => tx`
    insert into installations (bike_id, slot, component_id, installed, installed_by)
    select bike_id, slot, component_id, tstzrange(begins, null), said_by
    from unnest(
      ${said.map(({ change }) => change.installation.bikeId)}::uuid[],
      ${said.map(({ change }) => change.installation.slot)}::text[],
      ${said.map(({ change }) => change.installation.componentId)}::uuid[],
      ${said.map(({ change }) => isoTime(change.installation.fromMs))}::timestamptz[],
      ${saidBy(said)}::uuid[]
    ) as given (bike_id, slot, component_id, begins, said_by)
    order by bike_id, slot`,

  issue_code: (tx, said) => tx`
    insert into claim_codes (sha256, bike_id, sold_at, valid_until, said_by)
    select decode(sha256, 'hex'), bike_id, sold_at, now() + valid_for_ms * interval '1 millisecond', said_by
    from unnest(
      ${said.map(({ change }) => change.codeSha256)}::text[],
      ${said.map(({ change }) => change.bikeId)}::uuid[],
      ${said.map(({ change }) => isoTime(change.soldAtMs))}::timestamptz[],
      ${said.map(({ change }) => change.validForMs)}::float8[],
      ${saidBy(said)}::uuid[]
    ) as given (sha256, bike_id, sold_at, valid_for_ms, said_by)
    on conflict do nothing`,
}

export const saidBy = (said: readonly { readonly saidBy: string }[]) => said.map((each) => each.saidBy)

/** Null where the time is open. */
export const isoTime = (ms: number | undefined) =>
  ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString()
