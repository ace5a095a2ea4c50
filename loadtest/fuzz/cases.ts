// The cases of a fuzz run: what is sent, and what must come of it. Pure: a case follows from seed and number alone.
import type { Random } from '../../simulator/index.ts'
import { createRandom } from '../../simulator/index.ts'
import { badHead, bareRequest, type Head, soundHead } from './heads.ts'
import { type Materials, type RecordName, recordNames, uploadOf } from './materials.ts'
import { damaged, noise, spliced } from './mutations.ts'
import { badlyPacked, type Packed, packed } from './packing.ts'

/** Each with its share of all cases, in thousandths. */
export const caseShares = {
  sound: 40,
  'damaged upload': 380,
  'damaged track': 260,
  'spliced upload': 60,
  noise: 40,
  assembled: 40,
  'badly packed': 90,
  'damaged head': 60,
  record: 20,
  'bare connection': 5,
  'cut connection': 3,
  bomb: 2,
} as const
export type CaseName = keyof typeof caseShares

export type FuzzCase =
  | {
      readonly name: CaseName
      readonly kind: 'request'
      readonly head: Head
      readonly packed: Packed
      /** What the edge finds in the body, where head and packing are sound. */
      readonly plain?: Uint8Array
      /** The connection ends within the body. */
      readonly isCut: boolean
    }
  | { readonly name: CaseName; readonly kind: 'bare'; readonly bytes: Uint8Array }
  | {
      readonly name: CaseName
      readonly kind: 'record'
      readonly record: RecordName
      readonly bytes: Uint8Array
    }

export interface CaseSource {
  readonly seed: number
  readonly materials: Materials
  readonly bombs: readonly Packed[]
}

export function caseOf(number: number, { seed, materials, bombs }: CaseSource): FuzzCase {
  const random = createRandom(seed).fork(`case ${number}`)
  const name = pickName(random)
  const { tracks, uploads, records } = materials
  const request = (plain: Uint8Array): FuzzCase => ({
    name,
    kind: 'request',
    head: soundHead,
    packed: packed(plain, random),
    plain,
    isCut: false,
  })
  const upload = () => random.pick(uploads)
  switch (name) {
    case 'sound':
      return request(upload())
    case 'damaged upload':
      return request(damaged(upload(), random))
    case 'damaged track':
      return request(uploadOf(besideOne(damaged(random.pick(tracks), random), materials, random), random))
    case 'spliced upload':
      return request(spliced(upload(), random.pick([...uploads, ...tracks]), random))
    case 'noise':
      return request(
        Uint8Array.from(Buffer.concat(Array.from({ length: random.integer(0, 30) }, () => noise(random)))),
      )
    case 'assembled':
      return request(assembled(materials, random))
    case 'badly packed':
      return bare(name, soundHead, badlyPacked(upload(), random))
    case 'damaged head':
      return bare(name, badHead(random), packed(upload(), random))
    case 'cut connection':
      return { ...bare(name, soundHead, packed(upload(), random)), isCut: true }
    case 'bomb':
      return bare(name, soundHead, random.pick(bombs))
    case 'bare connection':
      return { name, kind: 'bare', bytes: bareRequest(upload(), random) }
    case 'record': {
      const record = random.pick(recordNames)
      return { name, kind: 'record', record, bytes: damaged(records[record], random) }
    }
  }
}

function bare(name: CaseName, head: Head, body: Packed) {
  return { name, kind: 'request', head, packed: body, isCut: false } as const
}

const all = Object.values(caseShares).reduce((sum, share) => sum + share, 0)

function pickName(random: Random): CaseName {
  let luck = random.integer(1, all)
  for (const [name, share] of Object.entries(caseShares)) {
    luck -= share
    if (luck <= 0) return name as CaseName
  }
  return 'sound'
}

/** Alone, or with a sound neighbour that must not suffer. */
function besideOne(track: Uint8Array, { tracks }: Materials, random: Random): readonly Uint8Array[] {
  return random.chance(0.5) ? [track] : [track, random.pick(tracks)]
}

/** None, some, the most and one more than the most that an upload may have; once in a while a foreign bike. */
function assembled({ tracks, foreignTrack }: Materials, random: Random): Uint8Array {
  const count = random.chance(0.05) ? random.pick([0, 255, 256, 257]) : random.integer(1, 6)
  const some = [...tracks, foreignTrack, new Uint8Array(0)]
  return uploadOf(
    Array.from({ length: count }, () => random.pick(some)),
    random,
  )
}
