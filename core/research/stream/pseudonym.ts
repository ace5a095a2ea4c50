// The names under which research knows a bike and a rider: made of a random key that lasts as long as one consent. With the key
// deleted nothing leads from the names to the bike or the rider, and nothing from the next consent's names to these.
import { uuidBytes } from '../../../proto/index.ts'
import { createHmac } from '../../runtime/digest.ts'
import type { ConsentPeriod } from './port.ts'

const pseudonymBytes = 16
/** A bike has few recorders. */
const recorderDigits = 8
const personText = new TextEncoder().encode('person')

/** The bike's name: `subjectOf('0f3a…', 'aaaaaaaa-…')` → `9f86d081884c7d659a2feaa0c55ad015`. */
export const subjectOf = (key: string, bikeId: string): string => pseudonym(key, uuidBytes(bikeId))

/**
 * The name of one of the bike's recorders. Of meaning beside the subject alone: the same phone on another bike has another one.
 * `recorderOf('0f3a…', { bikeId: 'aaaaaaaa-…', recorderId: 'bbbbbbbb-…' })` → `9f86d081`.
 */
export const recorderOf = (key: string, { bikeId, recorderId }: { bikeId: string; recorderId: string }) =>
  pseudonym(key, Buffer.concat([uuidBytes(bikeId), uuidBytes(recorderId)])).slice(0, recorderDigits)

/** The rider's name, the same for all of the rider's bikes. No bike has it: ids of bikes take 16 bytes, of a bike and a recorder 32. */
const personOf = (key: string): string => pseudonym(key, personText)

/** A new period of consent. */
export const periodOf = (key: string): ConsentPeriod => ({ key, person: personOf(key) })

/** The first 16 bytes of HMAC-SHA-256 in hex. The key is its text: Node.js takes five times as long to take in a key of bytes. */
function pseudonym(key: string, of: Uint8Array): string {
  return createHmac('sha256', key)
    .update(of)
    .digest('hex')
    .slice(0, 2 * pseudonymBytes)
}
