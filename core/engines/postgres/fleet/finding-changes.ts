// Writes changes of findings about bikes and components: opened as flags, closed by what explains them.
import { saidBy, type Writers } from './stay-changes.ts'

export const findingWriters: Pick<Writers, 'explain' | 'flag'> = {
  explain: (tx, said) => tx`
    update fleet_findings as known set closed_at = now(), closed_by = given.said_by
    from unnest(
      ${said.map(({ change }) => change.bikeId)}::uuid[],
      ${said.map(({ change }) => change.reason)}::text[],
      ${said.map(({ change }) => change.subject)}::text[],
      ${saidBy(said)}::text[]
    ) as given (bike_id, reason, subject, said_by)
    where known.bike_id = given.bike_id and known.reason = given.reason and known.subject = given.subject
      and known.closed_at is null`,

  flag: (tx, said) => tx`
    insert into fleet_findings (reason, subject, detail, evidence, bike_id, component_id, event_id)
    select reason, subject, detail, evidence::jsonb, bike_id, component_id, said_by
    from unnest(
      ${said.map(({ change }) => change.finding.reason)}::text[],
      ${said.map(({ change }) => change.finding.subject)}::text[],
      ${said.map(({ change }) => change.finding.detail)}::text[],
      ${said.map(({ change }) => JSON.stringify(change.finding.evidence))}::text[],
      ${said.map(({ change }) => change.bikeId ?? null)}::uuid[],
      ${said.map(({ change }) => change.componentId ?? null)}::uuid[],
      ${saidBy(said)}::uuid[]
    ) as given (reason, subject, detail, evidence, bike_id, component_id, said_by)
    on conflict do nothing`,
}
