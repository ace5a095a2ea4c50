// The bodies of the API.
import type { CommandRecord, CommandWithHistory, HistoryEntry } from '../../devices/commands/port.ts'
import type { BikePresence } from '../../devices/presence/port.ts'
import type { SamplePage } from '../../engines/elasticsearch/port.ts'
import type { GroupReading } from '../port.ts'
import { booksOf, isSettled, isUploadSettled, type TrackBooks } from './books.ts'

const iso = (ms: number) => new Date(ms).toISOString()

export interface LatestFacts {
  readonly bikeId: string
  readonly presence: BikePresence | undefined
  readonly readings: readonly GroupReading[]
}

export function latestAnswer({ bikeId, presence, readings }: LatestFacts) {
  const groups = readings.map(({ group, eventAtMs, receivedAtMs, values }) => [
    group,
    { eventAt: iso(eventAtMs), receivedAt: iso(receivedAtMs), values },
  ])
  return {
    bikeId,
    presence: presence ? { online: presence.online, since: iso(presence.sinceMs) } : null,
    groups: Object.fromEntries(groups),
  }
}

/** `requestedBy` says in which role, not who. */
export function commandAnswer(command: CommandRecord | CommandWithHistory) {
  return {
    commandId: command.commandId,
    bikeId: command.bikeId,
    ...command.action,
    requestedBy: command.requestedBy.split(':')[0],
    createdAt: iso(command.createdAtMs),
    expiresAt: iso(command.expiresAtMs),
    state: command.state,
    changedAt: iso(command.changedAtMs),
    ...('history' in command && { history: command.history.map(historyAnswer) }),
  }
}

export function historyAnswer({ state, atMs, detail }: HistoryEntry) {
  return { state, at: iso(atMs), ...(detail !== '' && { detail }) }
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
    settled: isUploadSettled(tracks),
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
