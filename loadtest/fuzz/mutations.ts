// Ways to damage bytes, drawn by chance. Pure.
import type { Random } from '../../simulator/index.ts'

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array

const longestSpan = 64
const interesting = [0x00, 0x01, 0x02, 0x08, 0x0a, 0x7f, 0x80, 0x81, 0xfe, 0xff] as const
/** Varints at the edges of 32 and 64 bits, too long ones, and lengths beyond every body. */
const varints = [
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x00],
] as const

const mutations = {
  'bit flipped': (bytes, random) => {
    const at = place(bytes, random)
    return replaced(bytes, at, [(bytes[at] ?? 0) ^ (1 << random.integer(0, 7))])
  },
  'byte set': (bytes, random) => replaced(bytes, place(bytes, random), [random.integer(0, 255)]),
  'byte set to an edge': (bytes, random) => replaced(bytes, place(bytes, random), [random.pick(interesting)]),
  'varint written over': (bytes, random) => replaced(bytes, place(bytes, random), random.pick(varints)),
  'varint put in': (bytes, random) => inserted(bytes, place(bytes, random), random.pick(varints)),
  'bytes put in': (bytes, random) => inserted(bytes, place(bytes, random), noise(random)),
  'span cut out': (bytes, random) => {
    const { from, to } = span(bytes, random)
    return concat(bytes.subarray(0, from), bytes.subarray(to))
  },
  'span repeated': (bytes, random) => {
    const { from, to } = span(bytes, random)
    return inserted(bytes, place(bytes, random), bytes.subarray(from, to))
  },
  'span of one byte': (bytes, random) => {
    const { from, to } = span(bytes, random)
    return replaced(bytes, from, new Uint8Array(to - from).fill(random.pick(interesting)))
  },
  'end cut off': (bytes, random) => bytes.slice(0, place(bytes, random)),
  'end added': (bytes, random) => concat(bytes, noise(random)),
} as const satisfies Record<string, Mutation>

const all = Object.values(mutations)

/** One to eight damages, mostly few. */
export function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  let result = bytes
  const count = 1 + Math.floor(8 * random.next() ** 3)
  for (let i = 0; i < count; i++) result = random.pick(all)(result, random)
  return result
}

/** The front of one and the back of the other. */
export function spliced(front: Uint8Array, back: Uint8Array, random: Random): Uint8Array {
  return concat(front.subarray(0, place(front, random)), back.subarray(place(back, random)))
}

/** Up to 16 bytes of chance. */
export function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.integer(1, 16) }, () => random.integer(0, 255))
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function place(bytes: Uint8Array, random: Random): number {
  return bytes.length === 0 ? 0 : random.integer(0, bytes.length - 1)
}

function span(bytes: Uint8Array, random: Random): { from: number; to: number } {
  const from = place(bytes, random)
  return { from, to: Math.min(bytes.length, from + random.integer(1, longestSpan)) }
}

/** As far as there is room. */
function replaced(bytes: Uint8Array, at: number, by: ArrayLike<number>): Uint8Array {
  const result = bytes.slice()
  for (let i = 0; i < by.length && at + i < result.length; i++) result[at + i] = by[i] as number
  return result
}

function inserted(bytes: Uint8Array, at: number, added: ArrayLike<number>): Uint8Array {
  return concat(bytes.subarray(0, at), Uint8Array.from(added), bytes.subarray(at))
}
