// The bodies of the read API.
import type { SamplePage } from '../elasticsearch/port.ts'
import { booksOf, isSettled, type TrackBooks } from './books.ts'
import type { GroupReading } from './port.ts'

const iso = (ms: number) => new Date(ms).toISOString()

export function latestAnswer(bikeId: string, readings: readonly GroupReading[]) {
  const groups = readings.map(({ group, eventAtMs, receivedAtMs, values }) => [
    group,
    { eventAt: iso(eventAtMs), receivedAt: iso(receivedAtMs), values },
  ])
  return { bikeId, groups: Object.fromEntries(groups) }
}

export function telemetryAnswer({ samples, next }: SamplePage) {
  return {
    samples: samples.map(({ timeMs, kind, recorderId, values, provenance }) => ({
      time: iso(timeMs),
      kind,
      recorderId,
      ...values,
      provenance: {
        recordedAt: iso(provenance.recordedAtMs),
        receivedAt: iso(provenance.receivedAtMs),
        rule: provenance.rule,
        offsetMs: provenance.offsetMs,
      },
    })),
    next: next ?? null,
  }
}

export function uploadAnswer(uploadId: string, tracks: readonly TrackBooks[]) {
  return {
    uploadId,
    settled: tracks.every(isSettled),
    totals: {
      accepted: tracks.reduce((sum, { accepted }) => sum + accepted, 0),
      ...booksOf(tracks.flatMap(({ counts }) => counts)),
    },
    tracks: tracks.map((track) => ({
      index: track.index,
      trackId: track.trackId,
      bikeId: track.bikeId,
      receivedAt: iso(track.receivedAtMs),
      accepted: track.accepted,
      settled: isSettled(track),
      ...booksOf(track.counts),
    })),
  }
}
