// Pseudonyms of bikes: the same for a bike for as long as the secret is kept, and no way back without it.

import { uuidBytes } from '../../../proto/index.ts'
import { createHmac } from '../../runtime/digest.ts'
import type { Pseudonym } from './port.ts'

const pseudonymBytes = 16

/** The first 16 bytes of HMAC-SHA-256(secret, the bike id's 16 bytes). */
export function createPseudonym(secret: string): Pseudonym {
  return (bikeId) =>
    createHmac('sha256', secret).update(uuidBytes(bikeId)).digest().subarray(0, pseudonymBytes)
}
