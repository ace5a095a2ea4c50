// Arranges changes so that each kind can be written with one statement: what depends on another change comes after it.
import { type Change, type ChangeKind, changeKinds } from './changes.ts'

export interface SaidChange<K extends ChangeKind = ChangeKind> {
  readonly change: Extract<Change, { kind: K }>
  /** Event id of the statement that says so. */
  readonly saidBy: string
}

/** Changes that are written together, kind by kind in the order of `changeKinds`; no two of a kind concern the same row. */
export type Wave = ReadonlyMap<ChangeKind, readonly SaidChange[]>

export function wavesOf(changes: readonly SaidChange[]): Wave[] {
  const waves: Map<ChangeKind, SaidChange[]>[] = []
  const last = new Map<string, { wave: number; rank: number }>()
  for (const said of changes) {
    const rank = changeKinds.indexOf(said.change.kind)
    const keys = rowsOf(said.change)
    const after = keys.map((key) => {
      const former = last.get(key)
      if (former === undefined) return 0
      return former.rank < rank ? former.wave : former.wave + 1
    })
    const wave = Math.max(0, ...after)
    for (const key of keys) last.set(key, { wave, rank })
    waves[wave] ??= new Map()
    const alike = waves[wave].get(said.change.kind)
    if (alike === undefined) waves[wave].set(said.change.kind, [said])
    else alike.push(said)
  }
  return waves
}

/** What only one change at a time may concern. References need no key: what is referred to is of an earlier kind or known. */
function rowsOf(change: Change): string[] {
  switch (change.kind) {
    case 'define_type':
      return [`type ${change.type.type}`]
    case 'define_model':
      return [`model ${change.model.modelId}`]
    case 'add_bike':
    case 'change_bike':
      return [`bike ${change.bike.bikeId}`]
    case 'add_component':
    case 'change_component':
      return [`component ${change.component.componentId}`]
    case 'alias':
    case 'unalias':
      return [`alias ${change.name.type} ${change.name.serialNumber}`]
    case 'install':
    case 'antedate':
    case 'remove':
    case 'split': {
      const { bikeId, slot, componentId } = change.installation
      return [`slot ${bikeId} ${slot}`, `place ${componentId}`]
    }
    case 'own':
    case 'antedate_own':
      return [`owner ${change.bikeId}`]
    case 'explain':
      return [`flag ${change.bikeId} ${change.reason} ${change.subject}`]
    case 'flag':
      return [
        `flag ${change.bikeId ?? change.componentId} ${change.finding.reason} ${change.finding.subject}`,
      ]
    case 'service':
      return []
  }
}
