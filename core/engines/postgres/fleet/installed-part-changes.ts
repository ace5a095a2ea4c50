// After master data has changed: the bikes whose reports may agree with it now, or no longer do.
import type { Change } from '../../../fleet/judging/changes/changes.ts'
import type { Transaction } from '../client/connect.ts'
import { reconcile } from './installed-part-store.ts'

interface Said {
  readonly change: Change
  /** Event id of the statement that says so. */
  readonly saidBy: string
}

/** In the transaction that has written the changes; what they explain is closed by the last statement about it. */
export async function reconcileAfter(tx: Transaction, said: readonly Said[]): Promise<void> {
  const explainedBy = await bikesThatReport(tx, said)
  for (const { change, saidBy } of said) {
    for (const bikeId of bikesIn(change)) explainedBy.set(bikeId, saidBy)
  }
  await reconcile(tx, explainedBy)
}

function bikesIn(change: Change): string[] {
  if ('installation' in change) return [change.installation.bikeId]
  return change.kind === 'add_bike' || change.kind === 'change_bike' ? [change.bike.bikeId] : []
}

/** The bikes that say they carry a component that has changed, wherever the records have it. */
async function bikesThatReport(tx: Transaction, said: readonly Said[]): Promise<Map<string, string>> {
  const components = said.flatMap(({ change, saidBy }) => {
    const componentId = componentIn(change)
    return componentId === undefined ? [] : [{ componentId, saidBy }]
  })
  if (components.length === 0) return new Map()
  const rows = await tx<{ bikeId: string; saidBy: string }[]>`
    select bike_id as "bikeId", said_by as "saidBy"
    from unnest(
      ${components.map(({ componentId }) => componentId)}::uuid[], ${components.map(({ saidBy }) => saidBy)}::uuid[]
    ) with ordinality as given (component_id, said_by, place)
    join lateral (
      select serial_number from components where components.component_id = given.component_id
      union select serial_number from component_aliases as aliases where aliases.component_id = given.component_id
    ) as names on true
    join reported_parts using (serial_number)
    order by place`
  return new Map(rows.map(({ bikeId, saidBy }) => [bikeId, saidBy]))
}

function componentIn(change: Change): string | undefined {
  switch (change.kind) {
    case 'add_component':
      return change.component.componentId
    case 'alias':
      return change.componentId
    case 'install':
    case 'antedate':
    case 'remove':
    case 'split':
      return change.installation.componentId
    default:
      return undefined
  }
}
