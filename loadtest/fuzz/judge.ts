// Whether an answer is one that the edge may give to a case. Pure.
import type { FuzzCase } from './cases.ts'
import { codecFault, type Verdict, verdictOn } from './oracle.ts'
import type { Answer } from './transport.ts'

export type Judgement =
  | { readonly kind: 'good'; readonly status: number; readonly acceptedTracks: number }
  /** 503 for load, with Retry-After. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'fault'; readonly what: string }

type RequestCase = Extract<FuzzCase, { kind: 'request' }>

/** What the contract demands; undefined, where head or packing are not sound. `bikeIds` are those of the token. */
export function demandOf({ plain, packed }: RequestCase, bikeIds: ReadonlySet<string>): Verdict | undefined {
  if (plain === undefined) return undefined
  const isCompressed = packed.encoding !== undefined && packed.encoding !== 'identity'
  return verdictOn(plain, { packedBytes: packed.body.length, isCompressed, bikeIds })
}

/** `demanded` is what `demandOf` says of the case. */
export function judgeAnswer(one: RequestCase, answer: Answer, demanded: Verdict | undefined): Judgement {
  const { name, plain, isCut } = one
  const inCodec = plain === undefined ? undefined : codecFault(plain)
  if (inCodec !== undefined) return { kind: 'fault', what: inCodec }
  if (answer.kind === 'none') {
    return isCut ? good(0, 0) : { kind: 'fault', what: `no answer: ${answer.detail}` }
  }
  const { status, retryAfter, body } = answer
  if (status === 503 && retryAfter !== undefined) return { kind: 'busy' }
  if (status >= 500) return { kind: 'fault', what: `${status} ${body}` }
  const accepted = status === 202 ? acceptedOf(body) : { tracks: 0, samples: 0 }
  if (accepted === undefined) return { kind: 'fault', what: `202 without counts: ${body}` }
  if (name === 'bomb' && !bombAnswers.includes(status)) {
    return { kind: 'fault', what: `${status} to a bomb, instead of ${bombAnswers.join(' or ')}` }
  }
  if (demanded === undefined) return good(status, accepted.tracks)
  const wanted = demanded.status === 202 ? demanded : { status: demanded.status, tracks: 0, samples: 0 }
  if (status === wanted.status && accepted.tracks === wanted.tracks && accepted.samples === wanted.samples) {
    return good(status, accepted.tracks)
  }
  const found = JSON.stringify({ status, ...accepted })
  return { kind: 'fault', what: `${found} instead of ${JSON.stringify(wanted)}: ${body}` }
}

/** Too much, or nothing that can be read. */
export const bombAnswers: readonly number[] = [413, 400]

function good(status: number, acceptedTracks: number): Judgement {
  return { kind: 'good', status, acceptedTracks }
}

function acceptedOf(body: string): { tracks: number; samples: number } | undefined {
  try {
    const { tracks, samples } = (JSON.parse(body) as { accepted: { tracks: number; samples: number } })
      .accepted
    return Number.isInteger(tracks) && Number.isInteger(samples) ? { tracks, samples } : undefined
  } catch {
    return undefined
  }
}
