// The gate to research: only what passes here can be delivered, because nothing else makes a ConsentedTrack.
import type { DecodedTrack } from '../../../proto/index.ts'
import type { ConsentRange } from '../../riders/consent/port.ts'
import { consentedThroughout, consentsNow } from '../../riders/consent/rules.ts'
import type { CleanSamples, Range } from '../../telemetry/contracts/clean-samples.ts'
import type { WithheldReason } from '../../telemetry/contracts/outcomes.ts'
import type { ConsentPeriod, ResearchConsent, ResearchConsents } from './port.ts'

declare const checked: unique symbol

/** Samples whose rider consents now and consented when they were recorded. */
export interface ConsentedTrack {
  readonly [checked]: true
  /** Of the consent: it names bike and rider. */
  readonly period: ConsentPeriod
  readonly track: DecodedTrack
  readonly clockOffsetMs: number
  /** Positions in the track. */
  readonly samples: readonly number[]
}

export interface ConsentVerdict {
  /** Undefined where no sample is consented. */
  readonly consented: ConsentedTrack | undefined
  readonly withheld: Readonly<Record<WithheldReason, number>>
}

/**
 * `consent` is the rider's, read a moment ago; undefined when the rider never gave one. Throws where a rider consents without a
 * period: a batch is decided when each has one.
 *
 * Samples at 1, 2 and 3 s and a consent since 2 s → samples 1 and 2 of the track are consented, one is withheld as
 * `consent_not_at_event_time`.
 */
export function checkConsent(
  { track, clockOffsetMs }: Pick<CleanSamples, 'track' | 'clockOffsetMs'>,
  candidates: readonly Range[],
  { ranges, period }: ResearchConsent = { ranges: [], period: undefined },
): ConsentVerdict {
  const isConsenting = consentsNow(ranges)
  if (isConsenting && period === undefined) throw new Error('a consent to research without a period')
  const withheld = { consent_absent: 0, consent_not_at_event_time: 0 }
  const samples: number[] = []
  for (const { first, count } of candidates) {
    for (let i = first; i < first + count; i++) {
      if (!isConsenting) withheld.consent_absent++
      else if (consentedThroughout(ranges, (track.timesMs[i] as number) + clockOffsetMs)) samples.push(i)
      else withheld.consent_not_at_event_time++
    }
  }
  const consented = { period, track, clockOffsetMs, samples } as unknown as ConsentedTrack
  return { consented: samples.length > 0 ? consented : undefined, withheld }
}

/** Riders who consent and have no period yet: they are new to research, or withdrew before and begin anew. */
export function withoutPeriod(consents: ResearchConsents): string[] {
  return [...consents]
    .filter(([, { ranges, period }]) => period === undefined && consentsNow(ranges))
    .map(([rider]) => rider)
}

/** Whether all who consented when `before` was read do so unchanged, and in the same period, by what was read `after`. */
export function stillConsented(before: ResearchConsents, after: ResearchConsents): boolean {
  return [...before].every(([rider, consent]) => {
    const present = after.get(rider)
    return !consentsNow(consent.ranges) || (present !== undefined && isSame(consent, present))
  })
}

/** Who withdrew and consents again since long ago has the same ranges, but another period. */
function isSame(before: ResearchConsent, after: ResearchConsent): boolean {
  return (
    before.period?.key === after.period?.key &&
    after.ranges.length === before.ranges.length &&
    before.ranges.every(isIn(after.ranges))
  )
}

function isIn(consents: readonly ConsentRange[]) {
  return (one: ConsentRange) =>
    consents.some(
      ({ fromMs, untilMs, now }) => fromMs === one.fromMs && untilMs === one.untilMs && now === one.now,
    )
}
