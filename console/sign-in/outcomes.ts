// How a sign-in can end: a closed list, each with its words for the rider and its count.
import { Counter, Registry } from 'prom-client'

interface Words {
  readonly title: string
  readonly advice: string
  readonly status: 200 | 400 | 403 | 503
}

/** Why nobody was signed in. */
export const failures = {
  away: {
    title: 'The login service does not answer.',
    advice: 'Nothing of yours is lost. Try again in a minute.',
    status: 503,
  },
  cancelled: { title: 'You are not signed in.', advice: 'You cancelled the sign-in.', status: 200 },
  stale: {
    title: 'This sign-in has expired.',
    advice: 'It took too long, was used before, or was begun in another window. Sign in once more.',
    status: 400,
  },
  refused: {
    title: 'The login service did not sign you in.',
    advice: 'Try again. If it stays like this, tell your maker’s service.',
    status: 403,
  },
  unreadable: {
    title: 'The answer of the login service could not be verified.',
    advice: 'You are not signed in. Try again; if it stays like this, tell your maker’s service.',
    status: 503,
  },
  too_large: {
    title: 'The login service gave a token that is too large.',
    advice: 'It names more bikes than fit. Tell your maker’s service.',
    status: 403,
  },
  not_accepted: {
    title: 'The platform does not accept your sign-in.',
    advice:
      'You were signed in a moment ago, and it was refused. Tell your maker’s service if it stays like this.',
    status: 403,
  },
} as const satisfies Readonly<Record<string, Words>>
export type Failure = keyof typeof failures

export const isFailure = (word: string): word is Failure => Object.hasOwn(failures, word)

export class SignInError extends Error {
  readonly failure: Failure

  constructor(failure: Failure, options?: ErrorOptions) {
    super(`sign-in: ${failure}`, options)
    this.failure = failure
  }
}

export function createOutcomes(): {
  readonly registry: Registry
  count(outcome: Failure | 'signed_in'): void
} {
  const registry = new Registry()
  const counter = new Counter({
    name: 'console_sign_ins_total',
    help: 'Sign-ins of riders, by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of ['signed_in', ...Object.keys(failures)]) counter.inc({ outcome }, 0)
  return { registry, count: (outcome) => counter.inc({ outcome }) }
}
