// A recorder on a clock that a test sets, and what its uploads hold.
import { readTrack } from '../../proto/index.ts'
import { createClockWatch } from '../clock.ts'
import { createRecorder, type RecorderOptions } from '../recorder.ts'
import type { SealedUpload } from '../seal.ts'
import { bikeId, createManualClock, noonMs, recorderId } from './manual-clock.ts'

export function newRecorder(options: Partial<RecorderOptions> = {}) {
  const device = createManualClock()
  const clock = createClockWatch({ device })
  return { device, recorder: createRecorder({ bikeId, recorderId, clock, ...options }) }
}

export const tracksOf = (upload: SealedUpload | undefined) =>
  upload?.tracks.map((bytes) => readTrack(bytes)) ?? []
/** The times of each track, from noon on. */
export const timesOf = (upload: SealedUpload | undefined) =>
  tracksOf(upload).map(({ timesMs }) => [...timesMs].map((time) => time - noonMs))
