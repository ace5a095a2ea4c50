// Consequences of changes: the batches in which they are written, the subjects that they touch, the statements that they
// overrule, and the bikes whose reported parts are compared again. Pure.
import {
  bikeSubject,
  componentSubject,
  frameSubject,
  modelSubject,
  typeSubject,
} from '../../statements/subjects.ts'
import type { WorkingFacts } from '../working-facts.ts'
import type { Change, ChangeKind, StatedChange, WriteBatch } from './changes.ts'

/** The order of kinds in a batch: a change may refer to a row that a kind before it makes. */
const rankOf: Readonly<Record<ChangeKind, number>> = {
  define_type: 0,
  define_model: 1,
  add_bike: 2,
  change_bike: 3,
  add_component: 4,
  change_component: 5,
  alias: 6,
  unalias: 7,
  remove: 8,
  split: 9,
  backdate: 10,
  install: 11,
  issue_code: 12,
  service: 13,
  explain: 14,
  flag: 15,
}

/**
 * Arranges changes so that each kind is written with one statement of SQL. No two changes of a kind in one batch concern the
 * same row. A change that concerns a row of an earlier change comes after it: in the same batch if its kind is written later,
 * else in the next batch.
 *
 *     remove A from slot, install B in slot                          → [[remove, install]]
 *     remove A, install B, remove B, install C in the same slot      → [[remove, install], [remove, install]]
 */
export function writeBatches(changes: readonly StatedChange[]): WriteBatch[] {
  const batches: Map<ChangeKind, StatedChange[]>[] = []
  const latest = new Map<string, { batch: number; rank: number }>()
  for (const stated of changes) {
    const { kind } = stated.change
    const rank = rankOf[kind]
    const rows = rowsOf(stated.change)
    const earliest = rows.map((row) => {
      const former = latest.get(row)
      if (former === undefined) return 0
      return former.rank < rank ? former.batch : former.batch + 1
    })
    const batch = Math.max(0, ...earliest)
    for (const row of rows) latest.set(row, { batch, rank })
    batches[batch] ??= new Map()
    const alike = batches[batch].get(kind)
    if (alike === undefined) batches[batch].set(kind, [stated])
    else alike.push(stated)
  }
  return batches.map((byKind) =>
    [...byKind].map(([kind, stated]) => ({ kind, stated })).sort((a, b) => rankOf[a.kind] - rankOf[b.kind]),
  )
}

/** Rows that one change at a time may concern. Rows that are only referred to are left out: an earlier kind makes them. */
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
    case 'backdate':
    case 'remove':
    case 'split': {
      const { bikeId, slot, componentId } = change.installation
      return [`slot ${bikeId} ${slot}`, `place ${componentId}`]
    }
    case 'issue_code':
      return [`code ${change.codeSha256}`]
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

/** Subjects of what has changed: statements that wait for one of them are judged again. `facts` has the changes applied. */
export function touchedBy(changes: readonly Change[], facts: WorkingFacts): string[] {
  return [...new Set(changes.flatMap((change) => touchedByOne(change, facts)))]
}

function touchedByOne(change: Change, facts: WorkingFacts): string[] {
  const frame = (bikeId: string) => {
    const frameNumber = facts.bikeById(bikeId)?.frameNumber
    return frameNumber === undefined ? [] : [frameSubject(frameNumber)]
  }
  const names = (componentId: string) => facts.namesOf(componentId).map(componentSubject)
  switch (change.kind) {
    case 'define_type':
      return [typeSubject(change.type.type)]
    case 'define_model':
      return [modelSubject(change.model.modelId)]
    case 'add_bike':
      return [bikeSubject(change.bike.bikeId), ...frame(change.bike.bikeId)]
    case 'change_bike':
      return frame(change.bike.bikeId)
    case 'add_component':
    case 'change_component':
      return names(change.component.componentId)
    case 'alias':
      return names(change.componentId)
    case 'unalias':
      return [componentSubject(change.name)]
    case 'install':
    case 'backdate':
    case 'remove':
    case 'split':
      return [...frame(change.installation.bikeId), ...names(change.installation.componentId)]
    default:
      return []
  }
}

/**
 * Event ids of statements that gave a beginning or an end which a change replaces. They are judged again, and may have to
 * wait: a removal that arrives after a later one has been applied takes its place.
 *
 *     [end the stay of BA1 on day 5, which statement s-9 had ended on day 8] → [s-9]
 */
export function overruledBy(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'backdate') return change.installation.installedBy ?? []
    return change.kind === 'remove' ? (change.installation.removedBy ?? []) : []
  })
}

/** Ids of bikes and of components that changes concern, each with the last statement about it, in the order of statements. */
export interface ChangedParts {
  readonly bikes: ReadonlyMap<string, string>
  /** Any bike that reports to carry one of them has to be compared, too. */
  readonly components: ReadonlyMap<string, string>
}

/**
 * After these changes, reports of parts may agree with the records that did not, or the other way round.
 *
 *     [s-9 puts BA1 into bike F-1] → bikes: F-1 by s-9, components: BA1 by s-9
 */
export function changedParts(changes: readonly StatedChange[]): ChangedParts {
  const bikes = new Map<string, string>()
  const components = new Map<string, string>()
  for (const { change, saidBy } of changes) {
    const { bikeId, componentId } = partsOf(change)
    if (bikeId !== undefined) bikes.set(bikeId, saidBy)
    if (componentId === undefined) continue
    components.delete(componentId)
    components.set(componentId, saidBy)
  }
  return { bikes, components }
}

function partsOf(change: Change): { readonly bikeId?: string; readonly componentId?: string } {
  if ('installation' in change) return change.installation
  if (change.kind === 'add_bike' || change.kind === 'change_bike') return { bikeId: change.bike.bikeId }
  if (change.kind === 'add_component') return { componentId: change.component.componentId }
  return change.kind === 'alias' ? { componentId: change.componentId } : {}
}
