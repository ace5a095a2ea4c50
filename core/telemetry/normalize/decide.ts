// Decides about tracks with what is known of their bikes and clocks, which is asked for in batches.
import { isBikeReason } from '../contracts/bike-reasons.ts'
import type { ArrivedTrack } from './arrived-track.ts'
import type { BikeQuestion, CachedRegistry } from './caching.ts'
import { clockKeyOf, hasJudgedClock, judge, proposeClock, type Verdict } from './plan.ts'
import { type ClockStore, clockName, type KnownBike } from './port.ts'

export interface DecideDeps {
  readonly registry: CachedRegistry
  readonly clocks: ClockStore
}

export type Decide = (tracks: readonly ArrivedTrack[]) => Promise<Map<ArrivedTrack, Verdict>>

/**
 * What a bike's entity speaks against is judged by the newest one: a track that was sent back because more became known
 * of its bike must not meet what was known before.
 */
export function createDecide({ registry, clocks }: DecideDeps): Decide {
  async function judgeBy(
    bikes: ReadonlyMap<string, KnownBike>,
    tracks: readonly ArrivedTrack[],
  ): Promise<Map<ArrivedTrack, Verdict>> {
    const bikeOf = ({ track }: ArrivedTrack) => bikes.get(track.bikeId)
    const proposals = tracks.flatMap((arrived) => proposeClock(arrived, bikeOf(arrived)) ?? [])
    const kept = await clocks.settle(proposals, tracks.filter(hasJudgedClock).map(clockKeyOf))
    const clockOf = (arrived: ArrivedTrack) => kept.get(clockName(clockKeyOf(arrived)))
    return new Map(tracks.map((arrived) => [arrived, judge(arrived, bikeOf(arrived), clockOf(arrived))]))
  }

  return async (tracks) => {
    const { bikes, cached } = await registry.find(tracks.map(questionOf))
    const verdicts = await judgeBy(bikes, tracks)
    const doubtful = tracks.filter(
      (arrived) => cached.has(arrived.track.bikeId) && isRefusedForItsBike(verdicts.get(arrived)),
    )
    if (doubtful.length === 0) return verdicts
    const newest = await registry.findNewest([...new Set(doubtful.map(({ track }) => track.bikeId))])
    return new Map([...verdicts, ...(await judgeBy(newest, doubtful))])
  }
}

function questionOf({ raw, track }: ArrivedTrack): BikeQuestion {
  const { bikeId, recorderId } = track
  return { bikeId, speaker: raw.device ? { deviceId: recorderId } : { riderId: raw.sender } }
}

function isRefusedForItsBike(verdict: Verdict | undefined): boolean {
  return verdict?.quarantined.some(({ reason }) => isBikeReason(reason)) ?? false
}
