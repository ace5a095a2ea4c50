// From a stored track to the mark of its samples. Pure.
import { type CleanSamples, cellsOf, countSamples } from '../../telemetry/contracts/clean-samples.ts'
import { chargingA, movingKmh } from './movement.ts'
import type { RideMark } from './port.ts'

/** Undefined for tracks of which rides tell nothing: those of motors and faults. */
export function markOf(stored: CleanSamples): RideMark | undefined {
  const { track, trackId, clockOffsetMs, ranges } = stored
  const { bikeId, recorderId, recordingId, kind, timesMs } = track
  if (kind !== 'ride' && kind !== 'battery') return undefined
  const timeOf = (index: number) => (timesMs[index] as number) + clockOffsetMs
  const last = (isSo: (index: number) => boolean) => {
    const index = lastIndex(stored, isSo)
    return index === undefined ? undefined : timeOf(index)
  }
  const speeds = cellsOf(track, 'speed_kmh')
  const odometers = cellsOf(track, 'odometer_m')
  const currents = cellsOf(track, 'current_a')
  return {
    ...{ bikeId, markId: trackId, samples: countSamples(ranges) },
    fromMs: timeOf(Math.min(...ranges.map(({ first }) => first))),
    untilMs: timeOf(Math.max(...ranges.map(({ first, count }) => first + count - 1))),
    // An odometer may have gone on since the track before.
    movedAtMs: last((i) => (Number.isNaN(speeds(i)) ? !Number.isNaN(odometers(i)) : speeds(i) > movingKmh)),
    chargedAtMs: last((i) => currents(i) < chargingA),
    recording: recordingId === undefined ? undefined : { recorderId, recordingId },
  }
}

function lastIndex({ ranges }: CleanSamples, isSo: (index: number) => boolean): number | undefined {
  for (const { first, count } of ranges.toSorted((a, b) => b.first - a.first)) {
    for (let index = first + count - 1; index >= first; index--) if (isSo(index)) return index
  }
  return undefined
}
