// The part of node:crypto that pure files may use: digests and Ed25519 signatures follow from their input alone, keys and random numbers
// do not.
export { createHash, createHmac, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
