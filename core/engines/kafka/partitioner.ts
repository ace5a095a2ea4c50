// Which partition a key belongs to: murmur2 as in Kafka's Java client, so that other tools find the same one.

const seed = 0x9747b28c
const m = 0x5bd1e995

/** 32-bit murmur2 of the bytes, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  let h = seed ^ length
  const blocks = length - (length % 4)
  for (let i = 0; i < blocks; i += 4) {
    let k = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const rest = length - blocks
  if (rest > 2) h ^= at(bytes, blocks + 2) << 16
  if (rest > 1) h ^= at(bytes, blocks + 1) << 8
  if (rest > 0) h = Math.imul(h ^ at(bytes, blocks), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}

/** A number that the client takes modulo the topic's partitions. */
export function partitionSeed(key: Uint8Array): number {
  return murmur2(key) & 0x7fffffff
}
