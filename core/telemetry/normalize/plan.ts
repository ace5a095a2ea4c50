// Decides about a track: when its samples happened, and which of them are believed. Pure.
import { QuarantineReason, uuidText } from '../../../proto/index.ts'
import { type Range, rangesBy } from '../contracts/clean-samples.ts'
import {
  decideOwnClock,
  hasKeptClock,
  implausiblePace,
  impossibleTime,
  isBeforeEnrolment,
  isErased,
} from './clock.ts'
import type { ArrivedTrack, ClockDecision, KnownBike, KnownModule } from './port.ts'

interface Quarantined {
  readonly reason: QuarantineReason
  readonly samples: readonly Range[]
  readonly detail: string
}

export interface TrackPlan {
  readonly clock: ClockDecision
  /** Whose the clean samples are; '' when no rider owned the bike all the while. */
  readonly riderId: string
  readonly clean: readonly Range[]
  readonly quarantined: readonly Quarantined[]
  /** Those of a rider who was erased since: they are kept nowhere. */
  readonly erased: readonly Range[]
  /** Of what was known of the bike; 0 when it was not. */
  readonly bikeVersion: number
}

const reasons = QuarantineReason

/**
 * `clock` is the decision that is kept about the track's clock, if any. Of three samples of which the last lies after its receipt:
 * `{ clean: [{ first: 0, count: 2 }], quarantined: [{ reason: EVENT_IN_FUTURE, samples: [{ first: 2, count: 1 }], … }], … }`.
 */
export function planTrack(
  arrived: ArrivedTrack,
  bike: KnownBike | undefined,
  clock: ClockDecision | undefined,
): TrackPlan {
  const { track, raw } = arrived
  const samples = track.timesMs.length
  const decision = (hasKeptClock(arrived) ? clock : undefined) ?? decideOwnClock(arrived)
  const source = checkTrack(arrived, bike)
  const eventMsAt = (index: number) => (track.timesMs[index] as number) + decision.offsetMs
  const owned = bike === undefined ? [] : ownershipsOf(bike, raw.sender)
  const groups = rangesBy(samples, (index) => {
    const eventMs = eventMsAt(index)
    if (isErased(eventMs, arrived, bike)) return 'erased'
    if (source.kind === 'refused') return source.reason
    const { module } = source
    const impossible = impossibleTime(eventMs, arrived, source.bike)
    if (impossible !== undefined) return impossible
    if (module !== undefined) return isBeforeEnrolment(eventMs, module) ? reasons.BEFORE_ENROLMENT : 'clean'
    const isOwner = owned.some(({ fromMs, untilMs }) => fromMs <= eventMs && eventMs < untilMs)
    return isOwner ? 'clean' : reasons.BIKE_FOREIGN
  })
  const quarantined: Quarantined[] = []
  for (const [reason, ranges] of groups) {
    if (reason === 'clean' || reason === 'erased') continue
    const detail = source.kind === 'refused' ? source.detail : explainTime(arrived, decision, ranges)
    quarantined.push({ reason, samples: ranges, detail })
  }
  const clean = groups.get('clean') ?? []
  const erased = groups.get('erased') ?? []
  const riderId = source.kind === 'known' ? riderOf(arrived, source.bike, { clean, eventMsAt }) : ''
  return { clock: decision, riderId, clean, quarantined, erased, bikeVersion: bike?.version ?? 0 }
}

type Source =
  | { readonly kind: 'known'; readonly bike: KnownBike; readonly module?: KnownModule }
  | { readonly kind: 'refused'; readonly reason: QuarantineReason; readonly detail: string }

/** Whether the track may be believed at all: whoever sends it, and at the pace that it tells. */
function checkTrack(arrived: ArrivedTrack, bike: KnownBike | undefined): Source {
  const source = checkSource(arrived, bike)
  const detail = source.kind === 'known' ? implausiblePace(arrived) : undefined
  return detail === undefined ? source : { kind: 'refused', reason: reasons.IMPLAUSIBLE_PACE, detail }
}

/** Whether the sender may speak for the bike at all. */
function checkSource(arrived: ArrivedTrack, bike: KnownBike | undefined): Source {
  const { raw, track } = arrived
  const refuse = (reason: QuarantineReason, detail: string): Source => ({ kind: 'refused', reason, detail })
  const onWrongTopic = topicMismatch(arrived)
  if (onWrongTopic !== undefined) return refuse(reasons.DEVICE_MISMATCH, onWrongTopic)
  if (bike === undefined) {
    return refuse(reasons.BIKE_UNREGISTERED, `bike ${track.bikeId} is not in the registry`)
  }
  if (raw.device !== undefined) {
    // Modules that were revoked since count too: the broker took these tracks from them before.
    const module = bike.devices.find(({ deviceId }) => deviceId === track.recorderId)
    if (module !== undefined) return { kind: 'known', bike, module }
    return refuse(
      reasons.DEVICE_MISMATCH,
      `recorder ${track.recorderId} is no module of bike ${track.bikeId}`,
    )
  }
  // A sample is known by its recorder: under the module's name an upload would take the place of what the module tells later.
  if (bike.devices.some(({ deviceId }) => deviceId === track.recorderId)) {
    return refuse(reasons.DEVICE_MISMATCH, `recorder ${track.recorderId} is a module, and no upload is its`)
  }
  if (ownershipsOf(bike, raw.sender).length > 0) return { kind: 'known', bike }
  return refuse(reasons.BIKE_FOREIGN, 'the sender never owned the bike')
}

/** The broker vouches for the topic only, so the payload must agree with it. */
function topicMismatch({ raw: { device }, track }: ArrivedTrack): string | undefined {
  if (device === undefined) return undefined
  const topicBike = device.bikeId.length === 16 ? uuidText(device.bikeId) : 'no bike'
  if (topicBike !== track.bikeId) return `a track of bike ${track.bikeId} on a topic of ${topicBike}`
  if (device.kind !== track.kind) return `a ${track.kind} track on the topic of kind ${device.kind}`
  return undefined
}

/**
 * A phone's samples are its sender's, or they are not clean. A module's are the rider's who owned the bike all the while, or
 * nobody's (''): nobody could consent to a ride across a sale.
 */
function riderOf(
  { raw }: ArrivedTrack,
  bike: KnownBike,
  { clean, eventMsAt }: { clean: readonly Range[]; eventMsAt(index: number): number },
): string {
  if (raw.device === undefined) return raw.sender
  const [first, last] = [clean[0], clean.at(-1)]
  if (first === undefined || last === undefined) return ''
  const firstMs = eventMsAt(first.first)
  const lastMs = eventMsAt(last.first + last.count - 1)
  const owner = bike.ownerships.find(({ fromMs, untilMs }) => fromMs <= firstMs && lastMs < untilMs)
  return owner?.riderId ?? ''
}

function ownershipsOf(bike: KnownBike, sender: string) {
  return bike.ownerships.filter(({ riderId }) => riderId === sender)
}

function explainTime(arrived: ArrivedTrack, { rule, offsetMs }: ClockDecision, samples: readonly Range[]) {
  const first = samples[0]?.first ?? 0
  const recordedMs = arrived.track.timesMs[first] as number
  const at = (ms: number) => new Date(ms).toISOString()
  return (
    `sample ${first}: recorded ${at(recordedMs)}, happened ${at(recordedMs + offsetMs)} ` +
    `(clock rule ${rule}, offset ${offsetMs} ms), received ${at(arrived.receivedAtMs)}`
  )
}
