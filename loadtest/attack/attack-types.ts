// What an attack is, what it is given, and what it finds.
import type { Topic } from '../../core/topics.ts'
import type { TestPlatform } from '../../testkit/platform/platform.ts'
import type { TokenRequest } from '../../testkit/token.ts'

/** `how`: what the attacker got, in a sentence. */
export type Verdict = { readonly holds: true } | { readonly holds: false; readonly how: string }

export interface Attack {
  /** Short and of one word for `--only`: `clock-of-another`. */
  readonly name: string
  /** What was found once, in a sentence; the table shows it. */
  readonly found: string
  /**
   * Shows first that the attacked function works for the rightful one (`mustWork`), since an attack on what does not work shows
   * nothing. Throws when it cannot say whether the platform holds.
   */
  readonly run: (context: AttackContext) => Promise<Verdict>
  /** How long it may take; 90 s by default. */
  readonly withinMs?: number
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined where the text is no JSON. */
  readonly body: unknown
}

export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** One platform for all attacks of a run: each makes riders and bikes of its own. */
export interface AttackContext {
  readonly platform: TestPlatform
  readonly signal: AbortSignal
  /** A token of the local issuer, such as of a rider, or of staff with roles. */
  token(request: TokenRequest): Promise<string>
  /** A request to the API, whatever it answers: `ask('/v1/bikes/…/latest', { token })`. */
  ask(path: string, request?: ApiRequest): Promise<ApiAnswer>
  /** Writes to a topic of the platform, as an attacker who may write to Kafka. */
  produce(
    topic: Topic,
    records: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
  ): Promise<void>
  /** A command as an operator runs it, with the platform's settings: `command('core/fleet/review/command.ts', ['show', id])`. */
  command(file: string, args: readonly string[]): Promise<CommandResult>
  /** Polls until it is so; rejects with `what` when it is not in time. */
  until(what: string, isSo: () => Promise<boolean>): Promise<void>
}

export const holds: Verdict = { holds: true }

export function falls(how: string): Verdict {
  return { holds: false, how }
}

/** The attacked function works for the rightful one: `mustWork('the owner reads the rides', status === 200)`. Throws otherwise. */
export function mustWork(what: string, works: boolean): void {
  if (!works) throw new Error(`shows nothing, since this does not work for the rightful one: ${what}`)
}
