// The gate to research: only what passes here can be delivered, because nothing else makes a ConsentedTrack.
import type { DecodedTrack } from '../../proto/index.ts'
import type { ConsentRange } from '../consent/port.ts'
import type { CleanSamples, Range } from '../pipeline/clean-samples.ts'
import type { WithheldReason } from '../pipeline/outcomes.ts'

declare const checked: unique symbol

/** Samples whose rider consents now and consented when they were recorded. */
export interface ConsentedTrack {
  readonly [checked]: true
  readonly track: DecodedTrack
  readonly clockOffsetMs: number
  /** Positions in the track. */
  readonly samples: readonly number[]
}

export interface ConsentVerdict {
  readonly consented: ConsentedTrack
  readonly withheld: Readonly<Record<WithheldReason, number>>
}

/** `consents` are the rider's, read a moment ago; undefined when the rider never gave one. */
export function checkConsent(
  { track, clockOffsetMs }: Pick<CleanSamples, 'track' | 'clockOffsetMs'>,
  candidates: readonly Range[],
  consents: readonly ConsentRange[] = [],
): ConsentVerdict {
  const consentsNow = consents.some(({ now }) => now)
  const withheld = { consent_absent: 0, consent_not_at_event_time: 0 }
  const samples: number[] = []
  for (const { first, count } of candidates) {
    for (let i = first; i < first + count; i++) {
      if (!consentsNow) withheld.consent_absent++
      else if (holdsAt(consents, (track.timesMs[i] as number) + clockOffsetMs)) samples.push(i)
      else withheld.consent_not_at_event_time++
    }
  }
  return { consented: { track, clockOffsetMs, samples } as unknown as ConsentedTrack, withheld }
}

function holdsAt(consents: readonly ConsentRange[], eventAtMs: number): boolean {
  return consents.some(({ fromMs, untilMs }) => eventAtMs >= fromMs && eventAtMs < untilMs)
}
