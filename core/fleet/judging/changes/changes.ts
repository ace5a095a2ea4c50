// The changes that a statement can make in the master data.

import type { ComponentName } from '../../statements/said.ts'
import type { BikeFact, ComponentFact, ComponentTypeFact, InstallationFact, ModelFact } from '../facts.ts'
import type { Finding, StatementReason } from '../findings.ts'

export type Change =
  | { readonly kind: 'define_type'; readonly type: ComponentTypeFact }
  | { readonly kind: 'define_model'; readonly model: ModelFact }
  | { readonly kind: 'add_bike'; readonly bike: BikeFact }
  | { readonly kind: 'change_bike'; readonly bike: BikeFact }
  | { readonly kind: 'add_component'; readonly component: ComponentFact }
  | { readonly kind: 'change_component'; readonly component: ComponentFact }
  /** It has no end yet. A statement that is judged together with this one ends it at `pendingUntilMs`, if that is finite. */
  | { readonly kind: 'install'; readonly installation: InstallationFact; readonly pendingUntilMs?: number }
  /** The installation began earlier than was known. */
  | {
      readonly kind: 'backdate'
      readonly installation: InstallationFact
      readonly fromMs: number
      readonly installedBy: string
    }
  /** The installation ends, or ends earlier than was known. */
  | {
      readonly kind: 'remove'
      readonly installation: InstallationFact
      readonly untilMs: number
      readonly removedBy?: string
    }
  /**
   * One known stay becomes two: the component was removed at `untilMs` and came back. The known end is that of the second stay.
   */
  | {
      readonly kind: 'split'
      readonly installation: InstallationFact
      readonly untilMs: number
      readonly removedBy: string
      readonly again: { readonly fromMs: number; readonly installedBy: string }
    }
  /** Who shows the code of that hash may claim the bike; a hash that is known stays as it is. */
  | {
      readonly kind: 'issue_code'
      readonly bikeId: string
      /** In hexadecimal. */
      readonly codeSha256: string
      readonly soldAtMs: number
      readonly validForMs: number
    }
  | { readonly kind: 'alias'; readonly name: ComponentName; readonly componentId: string }
  /** Takes an alias away again. */
  | { readonly kind: 'unalias'; readonly name: ComponentName; readonly componentId: string }
  | ServiceChange
  /** A doubt that stays although the statement is applied. */
  | ({ readonly kind: 'flag'; readonly finding: Finding } & About)
  /** Closes a doubt about a bike. */
  | {
      readonly kind: 'explain'
      readonly bikeId: string
      readonly reason: StatementReason
      readonly subject: string
    }

export type ChangeKind = Change['kind']

/** A change, and the statement that says so, by its event id. */
export interface StatedChange<K extends ChangeKind = ChangeKind> {
  readonly change: Extract<Change, { kind: K }>
  readonly saidBy: string
}

/** Changes that are written together, kind by kind in this order. Comes from `writeBatches` in consequences.ts. */
export type WriteBatch = readonly { readonly kind: ChangeKind; readonly stated: readonly StatedChange[] }[]

export interface ServiceChange {
  readonly kind: 'service'
  readonly service: 'swap' | 'remanufacture' | 'recycle'
  readonly bikeId: string | undefined
  readonly componentId: string
  readonly atMs: number
}

interface About {
  readonly bikeId?: string
  readonly componentId?: string
}

/** The changes that follow from a statement, or the reasons why there can be none. */
export type Derived = { readonly changes: readonly Change[] } | { readonly impossible: readonly Finding[] }
