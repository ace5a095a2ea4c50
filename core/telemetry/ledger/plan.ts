// Which tracks may give up the details of their books: rules of the settling loop. Pure.
import { isSettled } from './books.ts'
import type { SettledTrack, SettlingPlan, WalkedTrack } from './port.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Details stay for so long after their track was received, however soon it is settled: most repetitions come in that time. */
export const detailsStayMs = hourMs

/** An outcome of an older track may be of one that is settled. Half an hour less: clocks of two processes are not the same. */
export const mayBeSettledAfterMs = detailsStayMs / 2

/**
 * `tracks` are of the time before `detailsStayMs`. One that is too old goes, settled or not, unless its samples wait in quarantine:
 * a replay will tell of them.
 */
export function planSettling(
  tracks: readonly WalkedTrack[],
  { nowMs, keptDays }: { nowMs: number; keptDays: number },
): SettlingPlan {
  const isOld = (track: WalkedTrack) => track.receivedAtMs < nowMs - keptDays * dayMs
  return {
    expired: tracks.filter((track) => isOld(track) && !track.waits).map(({ trackId }) => trackId),
    settled: tracks.filter((track) => !isOld(track)).flatMap((track) => settledTrack(track) ?? []),
  }
}

/** What the short row says beside the track. Undefined where it could not say all: a stage is missing, samples are in quarantine. */
function settledTrack(track: WalkedTrack): SettledTrack | undefined {
  const samples = (stage: string, outcome: string, reason = '') =>
    track.counts
      .filter((count) => count.stage === stage && count.outcome === outcome && count.reason === reason)
      .reduce((sum, count) => sum + count.samples, 0)
  const duplicate = samples('search', 'duplicate')
  const delivered = samples('analytics', 'delivered')
  const notAtEventTime = samples('analytics', 'withheld', 'consent_not_at_event_time')
  const stored = samples('search', 'stored')
  const isWhole =
    samples('normalize', 'clean') === track.accepted &&
    stored + duplicate === track.accepted &&
    samples('latest', 'merged') === track.accepted &&
    delivered + samples('analytics', 'withheld', 'consent_absent') + notAtEventTime === stored
  if (!isWhole || !isSettled(track)) return undefined
  const unusual = [track.index, track.deliveryTracks, duplicate, notAtEventTime] as const
  const isUsual = unusual.every((value, i) => value === [0, 1, 0, 0][i])
  return { trackId: track.trackId, delivered, unusual: isUsual ? undefined : unusual }
}
