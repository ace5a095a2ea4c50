// Whether an answer is one that the edge may give to a case. Pure.
import type { FuzzCase } from './cases.ts'
import { codecFault, verdictOn } from './oracle.ts'
import type { Answer } from './transport.ts'

export type Judgement =
  | { readonly kind: 'good'; readonly status: number; readonly acceptedTracks: number }
  /** 503 for load, with Retry-After. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'fault'; readonly what: string }

type RequestCase = Extract<FuzzCase, { kind: 'request' }>

/** `bikeIds` are those of the token. */
export function judgeAnswer(one: RequestCase, answer: Answer, bikeIds: ReadonlySet<string>): Judgement {
  const { plain, packed, isCut } = one
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
  if (plain === undefined) return good(status, accepted.tracks)
  const isCompressed = packed.encoding !== undefined && packed.encoding !== 'identity'
  const verdict = verdictOn(plain, { packedBytes: packed.body.length, isCompressed, bikeIds })
  const wanted = verdict.status === 202 ? verdict : { status: verdict.status, tracks: 0, samples: 0 }
  if (status === wanted.status && accepted.tracks === wanted.tracks && accepted.samples === wanted.samples) {
    return good(status, accepted.tracks)
  }
  const found = JSON.stringify({ status, ...accepted })
  return { kind: 'fault', what: `${found} instead of ${JSON.stringify(wanted)}: ${body}` }
}

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
