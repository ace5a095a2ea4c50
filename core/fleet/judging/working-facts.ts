// The part of the master data that a batch needs, in memory. Each applied change updates it.

import type { ComponentName } from '../statements/said.ts'
import type { Change } from './changes/changes.ts'
import type {
  BikeFact,
  ComponentFact,
  ComponentTypeFact,
  FleetFacts,
  InstallationFact,
  ModelFact,
  PendingMove,
  PendingQuestion,
  Speaking,
} from './facts.ts'

export interface FleetSnapshot {
  readonly types: readonly ComponentTypeFact[]
  readonly models: readonly ModelFact[]
  readonly bikes: readonly BikeFact[]
  readonly components: readonly ComponentFact[]
  readonly aliases: readonly { readonly name: ComponentName; readonly componentId: string }[]
  readonly installations: readonly InstallationFact[]
}

export interface WorkingFacts extends FleetFacts {
  /** A copy for a trial: changes that are applied to it leave these facts as they are. */
  trial(pending: readonly PendingMove[]): WorkingFacts
  apply(changes: readonly Change[]): void
  /** All names of a component, its own first. */
  namesOf(componentId: string): readonly ComponentName[]
}

/** All that is known was believed before. */
const settled: Speaking = { speaker: () => ({ provenance: 'legacy' }), partner: () => undefined }

export function createWorkingFacts(
  snapshot: FleetSnapshot,
  pending: readonly PendingMove[] = [],
  speaking: Speaking = settled,
): WorkingFacts {
  const types = new Map<string, ComponentTypeFact>()
  const models = new Map<string, ModelFact>()
  const bikes = new Map<string, BikeFact>()
  const bikeIds = new Map<string, string>()
  const components = new Map<string, ComponentFact>()
  const names = new Map<string, ComponentName[]>()
  const componentIds = new Map<string, string>()
  const inBike = new Map<string, InstallationFact[]>()
  const ofComponent = new Map<string, InstallationFact[]>()

  function putBike(bike: BikeFact): void {
    const former = bikes.get(bike.bikeId)?.frameNumber
    if (former !== undefined) bikeIds.delete(former)
    bikes.set(bike.bikeId, bike)
    if (bike.frameNumber !== undefined) bikeIds.set(bike.frameNumber, bike.bikeId)
  }

  function putComponent(component: ComponentFact): void {
    if (!components.has(component.componentId)) putName(component, component.componentId)
    components.set(component.componentId, component)
  }

  function putName({ type, serialNumber }: ComponentName, componentId: string): void {
    componentIds.set(keyOf({ type, serialNumber }), componentId)
    listIn(names, componentId).push({ type, serialNumber })
  }

  function removeName({ type, serialNumber }: ComponentName, componentId: string): void {
    componentIds.delete(keyOf({ type, serialNumber }))
    names.set(
      componentId,
      listIn(names, componentId).filter((each) => keyOf(each) !== keyOf({ type, serialNumber })),
    )
  }

  function putInstallation(installation: InstallationFact): void {
    for (const list of listsOf(installation)) {
      list.push(installation)
      list.sort((a, b) => a.fromMs - b.fromMs)
    }
  }

  function changeInstallation(known: InstallationFact, facts: Partial<InstallationFact>): void {
    const changed = { ...known, ...facts }
    for (const list of listsOf(known)) {
      const index = list.findIndex((each) => isSame(each, known))
      if (index >= 0) list[index] = changed
    }
  }

  /** `ends` ends where `added` begins; `instead` is the one that `added` replaces. */
  const listsOf = ({ bikeId, componentId }: InstallationFact) => [
    listIn(inBike, bikeId),
    listIn(ofComponent, componentId),
  ]

  function applyOne(change: Change): void {
    switch (change.kind) {
      case 'define_type':
        types.set(change.type.type, change.type)
        break
      case 'define_model':
        models.set(change.model.modelId, change.model)
        break
      case 'add_bike':
      case 'change_bike':
        putBike(change.bike)
        break
      case 'add_component':
      case 'change_component':
        putComponent(change.component)
        break
      case 'alias':
        putName(change.name, change.componentId)
        break
      case 'unalias':
        removeName(change.name, change.componentId)
        break
      case 'install':
        putInstallation(change.installation)
        break
      case 'backdate': {
        const { installation, fromMs, installedBy } = change
        changeInstallation(installation, { fromMs, installedBy })
        break
      }
      case 'remove':
        changeInstallation(change.installation, { untilMs: change.untilMs, removedBy: change.removedBy })
        break
      case 'split': {
        const { installation, untilMs, removedBy, again } = change
        changeInstallation(installation, { untilMs, removedBy })
        putInstallation({ ...installation, ...again })
        break
      }
    }
  }

  function nextPending(role: PendingMove['role'], { frameNumber, componentId, afterMs }: PendingQuestion) {
    return pending
      .filter((move) => move.role === role && move.frameNumber === frameNumber && move.atMs > afterMs)
      .filter(({ name }) => componentIds.get(keyOf(name)) === componentId)
      .toSorted((a, b) => a.atMs - b.atMs)[0]
  }

  function now(): FleetSnapshot {
    return {
      types: [...types.values()],
      models: [...models.values()],
      bikes: [...bikes.values()],
      components: [...components.values()],
      aliases: [...names].flatMap(([componentId, list]) =>
        list
          .filter(({ serialNumber }) => serialNumber !== components.get(componentId)?.serialNumber)
          .map((name) => ({ name, componentId })),
      ),
      installations: [...new Set([...inBike.values(), ...ofComponent.values()].flat())],
    }
  }

  for (const type of snapshot.types) types.set(type.type, type)
  for (const model of snapshot.models) models.set(model.modelId, model)
  snapshot.bikes.forEach(putBike)
  snapshot.components.forEach(putComponent)
  for (const { name, componentId } of snapshot.aliases) putName(name, componentId)
  snapshot.installations.forEach(putInstallation)

  return {
    ...speaking,
    type: (type) => types.get(type),
    model: (modelId) => models.get(modelId),
    bikeById: (bikeId) => bikes.get(bikeId.toLowerCase()),
    bikeByFrame: (frameNumber) => bikes.get(bikeIds.get(frameNumber) ?? ''),
    component: (name) => components.get(componentIds.get(keyOf(name)) ?? ''),
    componentById: (componentId) => components.get(componentId),
    installationsIn: (bikeId) => inBike.get(bikeId.toLowerCase()) ?? [],
    installationsOf: (componentId) => ofComponent.get(componentId) ?? [],
    nextPending,
    trial: (ends) => createWorkingFacts(now(), ends, speaking),
    namesOf: (componentId) => names.get(componentId) ?? [],
    apply: (changes) => changes.forEach(applyOne),
  }
}

const isSame = (a: InstallationFact, b: InstallationFact) =>
  a.componentId === b.componentId && a.bikeId === b.bikeId && a.fromMs === b.fromMs

const keyOf = ({ type, serialNumber }: ComponentName) => `${type}:${serialNumber}`

function listIn<V>(map: Map<string, V[]>, key: string): V[] {
  const list = map.get(key) ?? []
  if (list.length === 0) map.set(key, list)
  return list
}
