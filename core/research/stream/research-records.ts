// What research gets to see: one JSON record a track. No rider, no track, no bike or recorder but by made-up names, no time of
// receipt, and of a position no more than 0.01°: about a kilometre.
import type { OutgoingRecord } from '../../engines/kafka/port.ts'
import { cellsOf } from '../../telemetry/contracts/clean-samples.ts'
import type { ConsentedTrack } from './consent-check.ts'
import type { ResearchTrack, Withdrawal } from './port.ts'
import { recorderOf, subjectOf } from './pseudonym.ts'

const text = new TextEncoder()
const positions: ReadonlySet<string> = new Set(['latitude_deg', 'longitude_deg'])

/** A record of analytics.tracks (port.ts) of the samples that are consented; there is at least one. */
export function researchRecord(consented: ConsentedTrack, topic: string): OutgoingRecord {
  const { track, clockOffsetMs, samples, period } = consented
  const subject = subjectOf(period.key, track.bikeId)
  const record: ResearchTrack = {
    subject,
    person: period.person,
    recorder: recorderOf(period.key, track),
    kind: track.kind,
    time_ms: samples.map((index) => (track.timesMs[index] as number) + clockOffsetMs),
    metrics: metricsOf(consented),
  }
  return { topic, key: text.encode(subject), value: text.encode(JSON.stringify(record)) }
}

/** A record of analytics.withdrawals. */
export function withdrawalRecord({ person }: Withdrawal): Omit<OutgoingRecord, 'topic'> {
  return { key: text.encode(person), value: text.encode(JSON.stringify({ person })) }
}

/** In human units. A cell without a value is NaN, which JSON writes as null; a metric without any value is left out. */
function metricsOf({ track, samples }: ConsentedTrack): Record<string, number[]> {
  const metrics: Record<string, number[]> = {}
  for (const { key } of track.columns) {
    const cell = cellsOf(track, key)
    const values = samples.map(
      positions.has(key) ? (index) => hundredths(cell(index)) : (index) => cell(index),
    )
    if (!values.every(Number.isNaN)) metrics[key] = values
  }
  return metrics
}

/** 47.376887 → 47.38. */
const hundredths = (degrees: number) => Math.round(degrees * 100) / 100
