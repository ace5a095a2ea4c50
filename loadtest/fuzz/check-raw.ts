// What an edge has written to telemetry.raw, read as normalize reads it.
import { readArrival } from '../../core/telemetry/normalize/records.ts'
import { topicName } from '../../core/topics.ts'
import { readIndependently } from '../../testkit/independent-reader.ts'

export interface RawCheck {
  readonly rawTracks: number
  /** Of those, what cannot be read, in words; the first ones. */
  readonly unreadable: readonly string[]
}

const mostTold = 20
/** For the tracks of a million cases. */
const readWithinMs = 600_000

export async function checkRaw(of: { brokers: readonly string[]; namespace: string }): Promise<RawCheck> {
  const { brokers, namespace } = of
  const topic = topicName(namespace, 'telemetry.raw')
  let rawTracks = 0
  const unreadable: string[] = []
  for await (const { value } of readIndependently({ brokers, topic, withinMs: readWithinMs })) {
    rawTracks += 1
    const arrival = readArrival(value ?? new Uint8Array())
    if (arrival.kind !== 'track') unreadable.push(arrival.detail)
    else if (arrival.arrived.raw.samples !== arrival.arrived.track.timesMs.length) {
      unreadable.push(
        `a record of ${arrival.arrived.raw.samples} samples has ${arrival.arrived.track.timesMs.length}`,
      )
    }
  }
  return { rawTracks, unreadable: unreadable.slice(0, mostTold) }
}
