// The API's door: lets a caller in whose token passes, within what one address, one caller and all of them may take.
import { createRateLimiter } from '../../edge/limits/rates.ts'
import type { Authenticate, Caller } from './port.ts'
import { isProblem, type Problem } from './problem.ts'
import { createSlots } from './slots.ts'

export interface DoorLimits {
  /** Tokens a second from one address that do not pass; ten times as many at once. 0: no limit. */
  readonly failedTokensPerAddress: number
  /** Requests a second; ten times as many at once. 0: no limit. */
  readonly requestsPerCaller: number
  /** Requests that are not answered yet, of all callers. */
  readonly inFlight: number
  readonly inFlightPerCaller: number
}

export const defaultDoorLimits: DoorLimits = {
  failedTokensPerAddress: 10,
  requestsPerCaller: 100,
  inFlight: 1_000,
  inFlightPerCaller: 50,
}

interface Knock {
  /** Empty where there is no connection, as in tests: then no address is limited. */
  readonly address: string
  readonly authorization: string | undefined
  /** Nobody needs a token there; who asks is known by the address. */
  readonly isOpen?: boolean
}

/** Let in, with how to leave at the end of the request; or not, and perhaps when to come again. */
type Entered =
  | { readonly caller: Caller; leave(): void }
  | { readonly problem: Problem; readonly waitMs?: number }

export type Door = (knock: Knock) => Promise<Entered>

const burstSeconds = 10
/** Until a place is free again, most likely. */
const placeWaitMs = 1_000

const refusals = {
  failures: {
    reason: 'address_rate_exceeded',
    detail: 'too many tokens from your address did not pass',
  },
  requests: { reason: 'caller_rate_exceeded', detail: 'you ask too often' },
  atOnce: { reason: 'caller_rate_exceeded', detail: 'too many of your requests are not answered yet' },
  overloaded: { reason: 'overloaded', detail: 'too many requests are not answered yet' },
} as const satisfies Record<string, Problem>

/** `{address: '203.0.113.9', authorization: 'Bearer …'}` → `{caller, leave}`, or `{problem: {reason: 'caller_rate_exceeded', …}, waitMs: 40}` */
export function createDoor(
  authenticate: Authenticate,
  limits = defaultDoorLimits,
  clock = { monotonicMs: () => performance.now() },
): Door {
  const limiter = (perSecond: number) =>
    createRateLimiter({ rate: { perSecond, burst: burstSeconds * perSecond }, clock })
  const failures = limiter(limits.failedTokensPerAddress)
  const requests = limiter(limits.requestsPerCaller)
  const all = createSlots({ total: limits.inFlight, perCaller: limits.inFlight })
  const own = createSlots({ total: limits.inFlight, perCaller: limits.inFlightPerCaller })

  async function callerOf({ address, authorization, isOpen }: Knock): Promise<Entered> {
    if (isOpen) return enter({ subject: `address:${address}`, roles: new Set() })
    // To check a signature costs more than all else here: an address that has shown many false ones waits before the next.
    const failuresWaitMs = address === '' ? 0 : failures.waitMs(address)
    if (failuresWaitMs > 0) return { problem: refusals.failures, waitMs: failuresWaitMs }
    const caller = await authenticate(authorization)
    if (isProblem(caller)) {
      if (caller.reason === 'token_invalid' && address !== '') failures.charge(address)
      return { problem: caller }
    }
    return enter(caller)
  }

  function enter(caller: Caller): Entered {
    const waitMs = requests.take(caller.subject)
    if (waitMs > 0) return { problem: refusals.requests, waitMs }
    const leave = own.enter(caller.subject)
    return leave === undefined ? { problem: refusals.atOnce, waitMs: placeWaitMs } : { caller, leave }
  }

  return async (knock) => {
    const leaveAll = all.enter('')
    if (leaveAll === undefined) return { problem: refusals.overloaded, waitMs: placeWaitMs }
    const entered = await callerOf(knock).catch((error: unknown) => {
      leaveAll()
      throw error
    })
    if ('problem' in entered) {
      leaveAll()
      return entered
    }
    const { caller, leave } = entered
    return {
      caller,
      leave() {
        leave()
        leaveAll()
      },
    }
  }
}
