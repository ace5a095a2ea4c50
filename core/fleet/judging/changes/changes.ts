// What a statement can change in the master data.
import type {
  BikeFact,
  ComponentFact,
  ComponentName,
  ComponentTypeFact,
  InstallationFact,
  ModelFact,
} from '../facts.ts'
import type { Finding, StatementReason } from '../findings.ts'

export type Change =
  | { readonly kind: 'define_type'; readonly type: ComponentTypeFact }
  | { readonly kind: 'define_model'; readonly model: ModelFact }
  | { readonly kind: 'add_bike'; readonly bike: BikeFact }
  | { readonly kind: 'change_bike'; readonly bike: BikeFact }
  | { readonly kind: 'add_component'; readonly component: ComponentFact }
  | { readonly kind: 'change_component'; readonly component: ComponentFact }
  /** Open; a statement that is judged together with this one ends it at `toldUntilMs`, unless that is Infinity. */
  | { readonly kind: 'install'; readonly installation: InstallationFact; readonly toldUntilMs?: number }
  /** The installation began earlier than was known. */
  | {
      readonly kind: 'antedate'
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
  /** The installation ends, and the component came back before the end that was known, which is that of its second stay. */
  | {
      readonly kind: 'split'
      readonly installation: InstallationFact
      readonly untilMs: number
      readonly removedBy: string
      readonly again: { readonly fromMs: number; readonly installedBy: string }
    }
  /** Former ownerships are cut where this one begins. */
  | { readonly kind: 'own'; readonly bikeId: string; readonly ownership: Ownership }
  /** The ownership began earlier than was known; former ones are cut there. */
  | {
      readonly kind: 'antedate_own'
      readonly bikeId: string
      readonly ownership: Ownership
      readonly fromMs: number
      readonly saidBy: string
    }
  | { readonly kind: 'alias'; readonly name: ComponentName; readonly componentId: string }
  /** The name is the component's no longer. */
  | { readonly kind: 'unalias'; readonly name: ComponentName; readonly componentId: string }
  | ServiceChange
  /** Accepted, and remembered as doubtful. */
  | ({ readonly kind: 'flag'; readonly finding: Finding } & About)
  /** What was doubtful about a bike is explained. */
  | {
      readonly kind: 'explain'
      readonly bikeId: string
      readonly reason: StatementReason
      readonly subject: string
    }

type Ownership = BikeFact['ownerships'][number]

export type ChangeKind = Change['kind']

/** In the order in which they may lean on each other. */
export const changeKinds = [
  'define_type',
  'define_model',
  'add_bike',
  'change_bike',
  'add_component',
  'change_component',
  'alias',
  'unalias',
  'remove',
  'split',
  'antedate',
  'install',
  'own',
  'antedate_own',
  'service',
  'explain',
  'flag',
] as const satisfies readonly ChangeKind[]

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

/** What a statement changes, or why it can change nothing. */
export type Derived = { readonly changes: readonly Change[] } | { readonly impossible: readonly Finding[] }
