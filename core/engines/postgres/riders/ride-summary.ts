// Summaries as rides keep them: some hundred bytes, where JSON takes a thousand. There are hundreds of millions of rides.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  type RideSummary as Message,
  RideSummarySchema,
  type TemperatureSpread,
} from '../../../../proto/gen/mobility/riders/v1/ride_pb.js'
import { uuidBytes, uuidText } from '../../../../proto/index.ts'
import type { Ride, RideSummary, Spread } from '../../../riders/rides/port.ts'

/** Names of values that may be absent, here and in the message, with the power of ten between them. */
const values = [
  ['distanceM', 'distanceME1', 10],
  ['ascentM', 'ascentME1', 10],
  ['descentM', 'descentME1', 10],
  ['averageKmh', 'averageKmhE2', 100],
  ['maxKmh', 'maxKmhE2', 100],
  ['energyWh', 'energyWhE2', 100],
  ['whPerKm', 'whPerKmE2', 100],
  ['riderWorkWh', 'riderWorkWhE2', 100],
  ['chargeStartPct', 'chargeStartPctE1', 10],
  ['chargeEndPct', 'chargeEndPctE1', 10],
] as const

type Told = Pick<Ride, 'fromMs' | 'summary'>

export function encodeSummary({ fromMs, summary }: Told): Uint8Array {
  const { movingS, standingS, unrecordedS, pauses, stops, samples, energyCoverage } = summary
  const recordings = new Map(summary.recordings.map((each) => [each.recorderId, each.recordingId]))
  const message = create(RideSummarySchema, {
    ...{
      pauses,
      stops,
      samples,
      distanceFrom: summary.distanceFrom ?? '',
      clockRules: [...summary.clockRules],
    },
    movingMs: Math.round(movingS * 1_000),
    standingMs: Math.round(standingS * 1_000),
    unrecordedMs: Math.round(unrecordedS * 1_000),
    gapsMs: summary.gaps.flatMap((gap) => [gap.fromMs - fromMs, gap.untilMs - fromMs]),
    energyCoverageE3: Math.round(energyCoverage * 1_000),
    assistShares: summary.assistShares.map(({ level, share }) => ({
      level,
      shareE4: Math.round(share * 10_000),
    })),
    recorders: summary.recorderIds.map((recorderId) => {
      const recordingId = recordings.get(recorderId)
      return {
        recorderId: uuidBytes(recorderId),
        ...(recordingId !== undefined && { recordingId: BigInt(recordingId) }),
      }
    }),
    ...(summary.ambientC && { ambient: encodeSpread(summary.ambientC) }),
    ...(summary.batteryC && { battery: encodeSpread(summary.batteryC) }),
  })
  for (const [here, there, scale] of values) {
    const value = summary[here]
    if (value !== undefined) message[there] = Math.round(value * scale)
  }
  return toBinary(RideSummarySchema, message)
}

export function decodeSummary(bytes: Uint8Array, fromMs: number): RideSummary {
  const message = fromBinary(RideSummarySchema, bytes)
  const { pauses, stops, samples, clockRules, gapsMs, ambient, battery, recorders } = message
  const told = values.flatMap(([here, there, scale]) => {
    const value = message[there]
    return value === undefined ? [] : [[here, value / scale] as const]
  })
  return {
    ...{ pauses, stops, samples, clockRules },
    movingS: message.movingMs / 1_000,
    standingS: message.standingMs / 1_000,
    unrecordedS: message.unrecordedMs / 1_000,
    gaps: Array.from({ length: gapsMs.length / 2 }, (_, i) => ({
      fromMs: fromMs + (gapsMs[2 * i] as number),
      untilMs: fromMs + (gapsMs[2 * i + 1] as number),
    })),
    ...(Object.fromEntries(told) as Partial<Record<(typeof values)[number][0], number>>),
    ...(message.distanceFrom !== '' && { distanceFrom: message.distanceFrom as 'odometer' | 'speed' }),
    energyCoverage: message.energyCoverageE3 / 1_000,
    assistShares: message.assistShares.map(({ level, shareE4 }) => ({ level, share: shareE4 / 10_000 })),
    ...(ambient && { ambientC: decodeSpread(ambient) }),
    ...(battery && { batteryC: decodeSpread(battery) }),
    recorderIds: recorders.map(({ recorderId }) => uuidText(recorderId)),
    recordings: recorders.flatMap(({ recorderId, recordingId }) =>
      recordingId === undefined
        ? []
        : [{ recorderId: uuidText(recorderId), recordingId: Number(recordingId) }],
    ),
  }
}

/** As others may see it. */
export function withoutRecorders(bytes: Uint8Array): Message {
  return { ...fromBinary(RideSummarySchema, bytes), recorders: [] }
}

function encodeSpread({ min, mean, max }: Spread) {
  const e2 = (value: number) => Math.round(value * 100)
  return { minCE2: e2(min), meanCE2: e2(mean), maxCE2: e2(max) }
}

function decodeSpread({ minCE2, meanCE2, maxCE2 }: TemperatureSpread): Spread {
  return { min: minCE2 / 100, mean: meanCE2 / 100, max: maxCE2 / 100 }
}
