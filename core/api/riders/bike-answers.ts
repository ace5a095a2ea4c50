// A bike's latest state and telemetry, as the API tells them.
import { z } from 'zod'
import { kinds } from '../../../proto/index.ts'
import type { BikePresence } from '../../devices/presence/port.ts'
import type { SamplePage } from '../../engines/elasticsearch/port.ts'
import type { GroupReading } from '../../telemetry/latest/port.ts'
import { stateGroupNames } from '../../telemetry/latest/state-groups.ts'
import { iso, list, time, uuid } from '../request.ts'

const presence = z
  .object({ online: z.boolean(), since: time })
  .nullable()
  .describe('Whether a module of the bike is connected, and since when that is so; null when none ever was.')
const reading = z.object({ eventAt: time, receivedAt: time, values: z.record(z.string(), z.number()) })
const groups = z.partialRecord(z.enum(stateGroupNames), reading)

export const latestState = z.object({ presence, groups })
export const latest = z.object({ bikeId: uuid, ...latestState.shape })

const sample = z
  .object({
    time,
    kind: z.enum(kinds),
    recorderId: uuid,
    provenance: z.object({ recordedAt: time, receivedAt: time, rule: z.string(), offsetMs: z.int() }),
  })
  .meta({
    id: 'Sample',
    description: 'The values of the sample stand beside these, such as `speed_kmh`.',
    additionalProperties: { type: 'number' },
  })
export const samples = z.object({ samples: list(sample), next: z.string().nullable() })

/** Whoever has owned the bike since then is concerned by these readings; by presence alone, the present owner. */
export const sinceWhen = (readings: readonly GroupReading[]) =>
  Math.min(Date.now(), ...readings.map(({ eventAtMs }) => eventAtMs))

export interface LatestFacts {
  readonly presence: BikePresence | undefined
  readonly readings: readonly GroupReading[]
}

/** Of a bike that is within a privacy zone. */
export const hiddenState: LatestFacts = { presence: undefined, readings: [] }

/** `{presence: null, groups: {battery: {eventAt: '2026-…Z', receivedAt: '2026-…Z', values: {state_of_charge_pct: 80}}}}` */
export function latestAnswer({ presence, readings }: LatestFacts): z.infer<typeof latestState> {
  const groups = readings.map(({ group, eventAtMs, receivedAtMs, values }) => [
    group,
    { eventAt: iso(eventAtMs), receivedAt: iso(receivedAtMs), values },
  ])
  return {
    presence: presence ? { online: presence.online, since: iso(presence.sinceMs) } : null,
    groups: Object.fromEntries(groups),
  }
}

/** `{samples: [{time: '2026-…Z', kind: 'ride', recorderId, speed_kmh: 14.5, provenance}], next: null}` */
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
