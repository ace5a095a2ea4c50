// The facts that statements are judged with: types, models, bikes, components and where they were.
import type { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { PartnerFact, Speaker } from '../partners/port.ts'
import type { ComponentName } from '../statements/said.ts'

/** Source and time of the statement that defined it. */
export interface Definition {
  readonly source: string
  readonly definedAtMs: number
}

export interface ComponentTypeFact extends Definition {
  /** The type "frame" says how frame numbers look. */
  readonly type: string
  readonly name: string
  readonly serialPattern: string
  readonly checkDigit: CheckDigit
  /** Fault codes that belong to the type, [first, last]; undefined where none do. */
  readonly faultCodes: readonly [number, number] | undefined
}

export interface SlotFact {
  readonly slot: string
  readonly type: string
  readonly required: boolean
}

export interface ModelFact extends Definition {
  readonly modelId: string
  readonly name: string
  readonly slots: readonly SlotFact[]
  /** [producedFromMs, producedUntilMs), infinite where open. */
  readonly producedFromMs: number
  readonly producedUntilMs: number
}

export interface BikeFact {
  readonly bikeId: string
  /** Undefined where the bike was registered by hand. */
  readonly frameNumber: string | undefined
  readonly modelId: string | undefined
  readonly plant: string | undefined
  readonly oem: string | undefined
  readonly producedAtMs: number
  readonly deliveredAtMs: number | undefined
  /** The first source that produced it; undefined where it was only registered by hand. */
  readonly source: string | undefined
  /** Whether somebody owns it; whose it is, is not the fleet's business. */
  readonly isOwned: boolean
  /** When the latest ownership began, -Infinity where no beginning is known; undefined where nobody ever owned it. */
  readonly ownedSinceMs: number | undefined
  /** Event ids of the sales that issued a code, or that a former database had applied. */
  readonly soldBy: readonly string[]
}

export interface ComponentFact {
  readonly componentId: string
  readonly type: string
  readonly serialNumber: string
  readonly hardwareRevision: string
  readonly firmwareRevision: string
  readonly batch: string
  readonly plant: string
  /** The first source that produced it. */
  readonly source: string | undefined
  readonly producedAtMs: number
  readonly recycledAtMs: number | undefined
  /** When the component got this revision; undefined where it was produced with it. */
  readonly hardwareRevisedAtMs?: number | undefined
  readonly firmwareRevisedAtMs?: number | undefined
}

/** `[fromMs, untilMs)`; `untilMs` is Infinity while the component is there. */
export interface InstallationFact {
  readonly bikeId: string
  readonly slot: string
  readonly componentId: string
  readonly fromMs: number
  readonly untilMs: number
  /** The statement that gave its beginning. */
  readonly installedBy?: string | undefined
  /** The one that gave its end. */
  readonly removedBy?: string | undefined
}

/** Who says the judged statements. */
export interface Speaking {
  speaker(eventId: string): Speaker
  partner(partnerId: string): PartnerFact | undefined
}

/** Knows all that the judged statements name. Anything else may be answered as unknown. */
export interface FleetFacts extends Speaking {
  type(type: string): ComponentTypeFact | undefined
  model(modelId: string): ModelFact | undefined
  bikeById(bikeId: string): BikeFact | undefined
  bikeByFrame(frameNumber: string): BikeFact | undefined
  /** By its serial number or an alias. */
  component(name: ComponentName): ComponentFact | undefined
  componentById(componentId: string): ComponentFact | undefined
  /** All over time, oldest first. */
  installationsIn(bikeId: string): readonly InstallationFact[]
  /** All over time, oldest first. */
  installationsOf(componentId: string): readonly InstallationFact[]
  /** The next move after a time, among statements that are judged together with this one. */
  nextPending(role: PendingMove['role'], move: PendingQuestion): PendingMove | undefined
}

export interface PendingQuestion {
  readonly frameNumber: string
  readonly componentId: string
  readonly afterMs: number
}

/** A move in a statement that is not judged yet. */
export interface PendingMove {
  readonly role: 'fitted' | 'removed'
  readonly frameNumber: string
  readonly slot: string
  readonly name: ComponentName
  readonly atMs: number
  readonly eventId: string
}
