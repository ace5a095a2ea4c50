// What pure files may use of node:crypto: digests follow from their input alone, keys and random numbers do not.
export { createHash, createHmac, hash } from 'node:crypto'
