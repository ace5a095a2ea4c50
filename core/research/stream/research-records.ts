// What research gets to see: one JSON record a sample. No rider, no recorder, no track, no bike id; the position as recorded,
// because the rider consented to it, which is why the topic is guarded and kept for three days only.

import type { OutgoingRecord } from '../../engines/kafka/port.ts'
import { valuesAt } from '../../telemetry/contracts/clean-samples.ts'
import type { ConsentedTrack } from './consent-check.ts'
import type { Pseudonym } from './port.ts'

const text = new TextEncoder()

/** `{"bike": 32 hex digits, "kind", "time": ISO 8601, …values in human units}`, keyed by the pseudonym. */
export function researchRecords(
  { track, clockOffsetMs, samples }: ConsentedTrack,
  { topic, pseudonym }: { topic: string; pseudonym: Pseudonym },
): OutgoingRecord[] {
  const { bikeId, kind, timesMs } = track
  const key = pseudonym(bikeId)
  const bike = Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return samples.map((index) => {
    const time = new Date((timesMs[index] as number) + clockOffsetMs).toISOString()
    const value = JSON.stringify({ bike, kind, time, ...valuesAt(track, index) })
    return { topic, key, value: text.encode(value) }
  })
}
