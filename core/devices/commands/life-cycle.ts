// The life of a command: queued → sent → acknowledged → executed | rejected | expired | failed, and never back.

export const commandStates = [
  /** Yet to be handed to the broker: the bike is not connected, or it is not its turn. */
  'queued',
  /** The broker got it for a bike that was connected. */
  'sent',
  /** The bike says that it has it. */
  'acknowledged',
  'executed',
  'rejected',
  /** The bike said so, or its time passed in silence. */
  'expired',
  /** The bike tried and could not, or the platform ended it because the bike has another owner or is disputed. */
  'failed',
] as const
export type CommandState = (typeof commandStates)[number]

/** Stages of a command that a bike can report. */
export const reportStages = ['acknowledged', 'executed', 'rejected', 'expired', 'failed'] as const
export type ReportStage = (typeof reportStages)[number]

export const finalStates = ['executed', 'rejected', 'expired', 'failed'] as const satisfies CommandState[]

export type CommandEvent =
  | { readonly type: 'sent' }
  | { readonly type: 'reported'; readonly stage: ReportStage }
  /** Its time is over, and that of answers on their way. */
  | { readonly type: 'elapsed' }
  /** The platform takes it back. */
  | { readonly type: 'ended' }

export type IgnoredReason = 'repeated' | 'superseded' | 'final'

export type Transition =
  | { readonly effect: 'moved'; readonly state: CommandState }
  /** It stays as the platform ended it, but the bike tells of another end: for the history only. */
  | { readonly effect: 'noted'; readonly reported: ReportStage }
  | { readonly effect: 'ignored'; readonly reason: IgnoredReason }

const rank = {
  queued: 0,
  sent: 1,
  acknowledged: 2,
  executed: 3,
  rejected: 3,
  expired: 3,
  failed: 3,
} as const satisfies Record<CommandState, number>

export function isFinal(state: CommandState): boolean {
  return rank[state] === 3
}

/**
 * Events come late, repeated and in any order: a command only ever moves forward. A report moves a queued command too,
 * since only its record of having been sent can be missing.
 *
 * `sent`, reported `executed` → moved to `executed`; `executed`, reported `acknowledged` → ignored, `final`. `byPlatform`
 * says that the platform ended it: `failed`, reported `executed` → noted.
 */
export function transition(state: CommandState, event: CommandEvent, byPlatform = false): Transition {
  const target = targetOf(event)
  if (target === state) return { effect: 'ignored', reason: 'repeated' }
  if (rank[target] > rank[state]) return { effect: 'moved', state: target }
  if (!isFinal(state)) return { effect: 'ignored', reason: 'superseded' }
  if ((state === 'expired' || byPlatform) && event.type === 'reported' && isFinal(event.stage)) {
    return { effect: 'noted', reported: event.stage }
  }
  return { effect: 'ignored', reason: 'final' }
}

function targetOf(event: CommandEvent): CommandState {
  switch (event.type) {
    case 'reported':
      return event.stage
    case 'sent':
      return 'sent'
    case 'elapsed':
      return 'expired'
    case 'ended':
      return 'failed'
  }
}

/**
 * How long after its expiry a silent command of each state counts as expired. No bike has a queued one. A bike may have
 * obeyed a sent one at the last moment. A bike that acknowledged one may still be busy with it.
 */
export const silenceMs = { queued: 0, sent: 5_000, acknowledged: 60_000 } as const
