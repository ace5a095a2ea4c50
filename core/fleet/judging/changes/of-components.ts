// Changes by statements about components: produced, installed, removed, swapped, remanufactured, recycled.
import type {
  ComponentProduced,
  ComponentRecycled,
  ComponentReference,
  ComponentRemanufactured,
  ComponentSwapped,
  ManufacturingEvent,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { isSameDay, saidComponents, saidFrameNumber, timeMs } from '../../statements/said.ts'
import type { ComponentFact, FleetFacts, InstallationFact } from '../facts.ts'
import { finding } from '../findings.ts'
import { isNamesake } from '../rules/differences.ts'
import { bikeUnknown, componentUnknown, typeUnknown } from '../rules/known.ts'
import { fittingOf, type Move, movesOf, removalOf } from '../rules/occupancy.ts'
import type { Change, Derived, ServiceChange } from './changes.ts'

/** A component's id is the event id of the statement that made it known, so reading the topic again gives the same ids. */
export function componentProduced(
  { eventId, source }: ManufacturingEvent,
  said: ComponentProduced,
  facts: FleetFacts,
): Derived {
  if (said.component === undefined) return { impossible: [componentUnknown(undefined)] }
  const { type, serialNumber } = said.component
  if (facts.type(type) === undefined) return { impossible: [typeUnknown(type)] }
  const { hardwareRevision, firmwareRevision, batch, plant } = said
  const producedAtMs = timeMs(said.producedAt)
  const known = facts.component({ type, serialNumber })
  const made = {
    hardwareRevision,
    firmwareRevision,
    batch,
    plant,
    source,
    producedAtMs,
    recycledAtMs: undefined,
  }
  const added = { componentId: eventId, type, serialNumber, ...made }
  if (known === undefined) return { changes: [{ kind: 'add_component', component: added }] }
  if (isNamesake(said, known)) {
    const name = { type, serialNumber }
    const unalias: Change = { kind: 'unalias', name, componentId: known.componentId }
    return { changes: [unalias, { kind: 'add_component', component: added }] }
  }
  return {
    changes: changed(known, {
      hardwareRevision:
        (known.hardwareRevisedAtMs === undefined && hardwareRevision) || known.hardwareRevision,
      firmwareRevision:
        (known.firmwareRevisedAtMs === undefined && firmwareRevision) || known.firmwareRevision,
      batch: batch || known.batch,
      plant: plant || known.plant,
      producedAtMs: isSameDay(producedAtMs, known.producedAtMs) ? known.producedAtMs : producedAtMs,
    }),
  }
}

export function componentInstalled(statement: ManufacturingEvent, facts: FleetFacts): Derived {
  const moves = movesIn(statement, facts)
  return 'impossible' in moves
    ? moves
    : { changes: moves.flatMap((move) => install(move, facts, { installedBy: statement.eventId })) }
}

export function componentRemoved(statement: ManufacturingEvent, facts: FleetFacts): Derived {
  const moves = movesIn(statement, facts)
  return 'impossible' in moves
    ? moves
    : { changes: moves.flatMap((move) => remove(move, facts, statement.eventId)) }
}

/**
 * A swap empties the slot. If it holds another component than the statement names, and a reviewer accepted that, the other
 * component leaves.
 */
export function componentSwapped(
  statement: ManufacturingEvent,
  { slot }: ComponentSwapped,
  facts: FleetFacts,
): Derived {
  const moves = movesIn(statement, facts)
  if ('impossible' in moves) return moves
  if (new Set(moves.map(({ component }) => component.componentId)).size < moves.length) {
    const detail = 'what was installed is what was removed'
    return { impossible: [finding('field_invalid', 'componentSwapped.installed', { detail })] }
  }
  const out = moves.find(({ said }) => said.role === 'removed')
  const fitted = moves
    .filter(({ said }) => said.role === 'fitted')
    .flatMap((move) => install(move, facts, { installedBy: statement.eventId, leaving: out?.component }))
  const removed = moves
    .filter(({ said }) => said.role === 'removed')
    .flatMap((move) => remove(move, facts, statement.eventId))
  const leaving = fitted.length === 0 || removed.length > 0 ? removed : moves.slice(0, 1).flatMap(emptied)
  const service = moves.map(({ bikeId, component: { componentId }, atMs }): ServiceChange => {
    return { kind: 'service', service: 'swap', bikeId, componentId, atMs }
  })
  return { changes: [...leaving, ...fitted, ...service] }

  function emptied({ bikeId, atMs: untilMs }: Move): Change[] {
    const there = facts
      .installationsIn(bikeId)
      .filter((each) => each.slot === slot && isOpenAt(each, untilMs))
    return there.map((installation) => ({
      kind: 'remove',
      installation,
      untilMs,
      removedBy: statement.eventId,
    }))
  }
}

/** A revision that the statement does not give stays, and so does one that is known of a later time. */
export function componentRemanufactured(
  { occurredAt }: ManufacturingEvent,
  { component, hardwareRevision, firmwareRevision }: ComponentRemanufactured,
  facts: FleetFacts,
): Derived {
  const known = namedComponent(component, facts)
  if ('reason' in known) return { impossible: [known] }
  const { componentId, hardwareRevisedAtMs, firmwareRevisedAtMs } = known
  const atMs = timeMs(occurredAt)
  const hardware = { revision: known.hardwareRevision, sinceMs: hardwareRevisedAtMs }
  const firmware = { revision: known.firmwareRevision, sinceMs: firmwareRevisedAtMs }
  return {
    changes: [
      ...changed(known, {
        ...(counts(hardwareRevision, atMs, hardware) && { hardwareRevision, hardwareRevisedAtMs: atMs }),
        ...(counts(firmwareRevision, atMs, firmware) && { firmwareRevision, firmwareRevisedAtMs: atMs }),
      }),
      service('remanufacture', componentId, atMs),
    ],
  }
}

/** The latest revision counts. Of two of one moment the greater one counts, so that the order of statements does not matter. */
function counts(
  revision: string,
  atMs: number,
  known: { revision: string; sinceMs: number | undefined },
): boolean {
  if (revision === '') return false
  if (known.sinceMs === undefined || atMs > known.sinceMs) return true
  return atMs === known.sinceMs && revision > known.revision
}

export function componentRecycled(
  { occurredAt }: ManufacturingEvent,
  { component }: ComponentRecycled,
  facts: FleetFacts,
): Derived {
  const known = namedComponent(component, facts)
  if ('reason' in known) return { impossible: [known] }
  const recycledAtMs = timeMs(occurredAt)
  return {
    changes: [...changed(known, { recycledAtMs }), service('recycle', known.componentId, recycledAtMs)],
  }
}

/** A fitted component stays until a statement says otherwise. One that is known to be there since later is backdated. */
export function install(
  move: Move,
  facts: FleetFacts,
  { installedBy, leaving }: { installedBy: string; leaving?: ComponentFact | undefined },
): Change[] {
  const fitting = fittingOf(move, facts, leaving)
  if (fitting.kind === 'known') return []
  const { bikeId, component, said, atMs: fromMs, untilMs: pendingUntilMs } = move
  if (fitting.kind === 'earlier')
    return [{ kind: 'backdate', installation: fitting.installation, fromMs, installedBy }]
  const place = { bikeId, slot: said.slot, componentId: component.componentId }
  const installation = { ...place, fromMs, untilMs: Number.POSITIVE_INFINITY, installedBy }
  return [
    { kind: 'install', installation, pendingUntilMs },
    { kind: 'explain', bikeId, reason: 'part_missing', subject: said.slot },
  ]
}

/** An end that contradicts the known one gets here only when a reviewer accepted it; it replaces the known end. */
function remove(move: Move, facts: FleetFacts, removedBy: string): Change[] {
  const removal = removalOf(move, facts)
  if (removal.kind === 'known' || removal.kind === 'absent') return []
  const { installation } = removal
  const end = { installation, untilMs: move.atMs, removedBy }
  if (removal.kind !== 'between') return [{ kind: 'remove', ...end }]
  const { atMs: fromMs, eventId: installedBy } = removal.comesBack
  return [{ kind: 'split', ...end, again: { fromMs, installedBy } }]
}

/** The moves of the statement, or findings about the bike and the components that are unknown. */
function movesIn(statement: ManufacturingEvent, facts: FleetFacts): readonly Move[] | Impossible {
  const frameNumber = saidFrameNumber(statement)
  const impossible = saidComponents(statement)
    .filter(({ name }) => facts.component(name) === undefined)
    .map(({ name }) => componentUnknown(name))
  if (facts.bikeByFrame(frameNumber) === undefined) impossible.push(bikeUnknown(frameNumber))
  return impossible.length > 0 ? { impossible } : movesOf(statement, facts)
}

type Impossible = Extract<Derived, { impossible: unknown }>

function namedComponent(name: ComponentReference | undefined, facts: FleetFacts) {
  return (name && facts.component(name)) ?? componentUnknown(name)
}

function changed(known: ComponentFact, said: Partial<ComponentFact>): Change[] {
  const isSame = Object.entries(said).every(([fact, value]) => known[fact as keyof ComponentFact] === value)
  return isSame ? [] : [{ kind: 'change_component', component: { ...known, ...said } }]
}

const isOpenAt = ({ fromMs, untilMs }: InstallationFact, atMs: number) =>
  fromMs < atMs && untilMs === Number.POSITIVE_INFINITY

const service = (kind: 'remanufacture' | 'recycle', componentId: string, atMs: number): ServiceChange => ({
  kind: 'service',
  service: kind,
  bikeId: undefined,
  componentId,
  atMs,
})
