// The numbers and the codes of researchers' access, and when a notebook gets its token. Pure.
import { claimCode, claimCodeCharacters } from '../../../proto/codec/claim-code.ts'
import { hash } from '../../runtime/digest.ts'
import type { DeviceError, PollAnswer, PolledDevice } from './port.ts'

const minute = 60_000

export const invitationValidMs = 3 * 24 * 60 * minute
/** From the page that shows a button to the touch of the key. */
export const challengeValidMs = 5 * minute
export const consoleSessionMs = 8 * 60 * minute
export const notebookSessionMs = 15 * minute
/** Until a notebook's request is approved. */
export const deviceValidMs = 10 * minute
/** Seconds between two questions of a notebook, at first, and how many are added when it asks sooner. */
export const deviceIntervalS = 5
const slowerS = 5
const slowestS = 60

/** 80 random bits: `K7QM-0000-ABCD-WXYZ` */
export const newInvitationCode = (random: Uint8Array): string => claimCode(random)

/** A text that is no code has a hash that no code has. */
export const invitationSha256 = (code: string): string =>
  sha256(claimCodeCharacters(code) ?? `no code: ${code}`)

/** The first eight characters of such a code, 40 random bits: `K7QM-0000`. It is of use to who approves, for ten minutes. */
export const newUserCode = (random: Uint8Array): string => claimCode(random).slice(0, 9)

/** As people type it: `k7qmoooo` is `K7QM-0000`. */
export function userCodeSha256(code: string): string {
  const characters = code.length <= 64 ? code.replaceAll(/[^0-9a-z]/gi, '') : ''
  // Read by the same rule as a code of sixteen.
  return sha256(claimCodeCharacters(`${characters}00000000`) ?? `no code: ${code}`)
}

export const sha256 = (text: string): string => hash('sha256', text, 'hex')

/**
 * The answer to a notebook that asks for its token, and how long the notebook waits before it asks again.
 *
 *     asked 2 s after the question before, interval 5 s → { error: 'slow_down', intervalS: 10 }
 */
export function answerPoll(device: PolledDevice): PollAnswer {
  const { atMs, polledAtMs, intervalS } = device
  const isEarly = polledAtMs !== undefined && atMs < polledAtMs + intervalS * 1_000
  const error = errorOf(device, isEarly)
  return { error, intervalS: error === 'slow_down' ? Math.min(intervalS + slowerS, slowestS) : intervalS }
}

function errorOf(
  { atMs, validUntilMs, isApproved, isUsed }: PolledDevice,
  isEarly: boolean,
): DeviceError | undefined {
  if (isUsed) return 'invalid_grant'
  if (atMs >= validUntilMs) return 'expired_token'
  if (isEarly) return 'slow_down'
  return isApproved ? undefined : 'authorization_pending'
}
