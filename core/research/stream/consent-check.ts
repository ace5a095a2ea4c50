// The gate to research: only what passes here can be delivered, because nothing else makes a ConsentedTrack.
import type { DecodedTrack } from '../../../proto/index.ts'
import type { ConsentRange } from '../../riders/consent/port.ts'
import { consentedThroughout, consentsNow } from '../../riders/consent/rules.ts'
import type { CleanSamples, Range } from '../../telemetry/contracts/clean-samples.ts'
import type { WithheldReason } from '../../telemetry/contracts/outcomes.ts'

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

/**
 * `consents` are the rider's, read a moment ago; undefined when the rider never gave one.
 *
 * Samples at 1, 2 and 3 s and a consent since 2 s → samples 1 and 2 of the track are consented, one is withheld as
 * `consent_not_at_event_time`.
 */
export function checkConsent(
  { track, clockOffsetMs }: Pick<CleanSamples, 'track' | 'clockOffsetMs'>,
  candidates: readonly Range[],
  consents: readonly ConsentRange[] = [],
): ConsentVerdict {
  const isConsenting = consentsNow(consents)
  const withheld = { consent_absent: 0, consent_not_at_event_time: 0 }
  const samples: number[] = []
  for (const { first, count } of candidates) {
    for (let i = first; i < first + count; i++) {
      if (!isConsenting) withheld.consent_absent++
      else if (consentedThroughout(consents, (track.timesMs[i] as number) + clockOffsetMs)) samples.push(i)
      else withheld.consent_not_at_event_time++
    }
  }
  return { consented: { track, clockOffsetMs, samples } as unknown as ConsentedTrack, withheld }
}

/** Whether all who consented when `before` was read do so unchanged by what was read `after`. */
export function stillConsented(
  before: ReadonlyMap<string, readonly ConsentRange[]>,
  after: ReadonlyMap<string, readonly ConsentRange[]>,
): boolean {
  return [...before].every(([rider, ranges]) => {
    const present = after.get(rider) ?? []
    return !consentsNow(ranges) || (present.length === ranges.length && ranges.every(isIn(present)))
  })
}

function isIn(consents: readonly ConsentRange[]) {
  return (one: ConsentRange) =>
    consents.some(
      ({ fromMs, untilMs, now }) => fromMs === one.fromMs && untilMs === one.untilMs && now === one.now,
    )
}
