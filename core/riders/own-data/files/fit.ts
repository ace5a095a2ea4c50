// A ride as a FIT activity, the binary format of bike computers (https://developer.garmin.com/fit/protocol/). Pure.
//
// Own code, since the official SDK has a licence of its own. A FIT file is a header with the length of what follows, definitions (which
// fields a message has, and how wide they are), messages, and a checksum. Lengths are known beforehand, so nothing waits in memory.
import { isJourney } from '../../rides/distance.ts'
import type { RideMetric, RideStreams } from '../port.ts'
import { type Stretch, stretches, valueReader } from '../streams.ts'

/** FIT counts seconds from 1989-12-31T00:00:00Z. */
const epochMs = Date.UTC(1989, 11, 31)
/** Smaller numbers of seconds mean something else: time since a device was switched on. */
const earliestSecond = 0x1000_0000
const latestSecond = 0xffff_fffe
const chunkBytes = 16 * 1024

interface BaseType {
  readonly code: number
  readonly bytes: 1 | 2 | 4
  /** What the field holds when there is no value. */
  readonly none: number
  readonly min: number
  readonly max: number
}

const enumeration: BaseType = { code: 0x00, bytes: 1, none: 0xff, min: 0, max: 0xfe }
const sint8: BaseType = { code: 0x01, bytes: 1, none: 0x7f, min: -0x80, max: 0x7e }
const uint8: BaseType = { code: 0x02, bytes: 1, none: 0xff, min: 0, max: 0xfe }
const uint16: BaseType = { code: 0x84, bytes: 2, none: 0xffff, min: 0, max: 0xfffe }
const sint32: BaseType = { code: 0x85, bytes: 4, none: 0x7fff_ffff, min: -0x8000_0000, max: 0x7fff_fffe }
const uint32: BaseType = { code: 0x86, bytes: 4, none: 0xffff_ffff, min: 0, max: 0xffff_fffe }

interface Field {
  readonly number: number
  readonly type: BaseType
}

/** A kind of message: its number in the profile, its number in this file, and its fields in their order. */
interface Message {
  readonly number: number
  readonly local: number
  readonly fields: readonly Field[]
}

const field = (number: number, type: BaseType): Field => ({ number, type })
const timestamp = field(253, uint32)

const fileId: Message = {
  number: 0,
  local: 0,
  fields: [field(0, enumeration), field(1, uint16), field(2, uint16), field(4, uint32)],
}
const event: Message = {
  number: 21,
  local: 1,
  fields: [timestamp, field(0, enumeration), field(1, enumeration)],
}
/** Event, its type, start, elapsed time, time without gaps, distance: laps and sessions have them alike. */
const total = [field(2, uint32), field(7, uint32), field(8, uint32), field(9, uint32)]
const lap: Message = {
  number: 19,
  local: 3,
  fields: [timestamp, field(0, enumeration), field(1, enumeration), ...total],
}
const session: Message = {
  number: 18,
  local: 4,
  fields: [...lap.fields, field(5, enumeration), field(15, uint16), field(25, uint16), field(26, uint16)],
}
const activity: Message = {
  number: 34,
  local: 5,
  fields: [
    ...[timestamp, field(0, uint32), field(1, uint16)],
    ...[field(2, enumeration), field(3, enumeration), field(4, enumeration)],
  ],
}

const activityFile = 4
/** Of manufacturers: 255 is for those without a number of their own. */
const development = 255
const events = { timer: 0, session: 8, lap: 9, activity: 26 }
const eventTypes = { start: 0, stop: 1, stopAll: 4 }
const eBiking = 21
const manual = 0

/** The fields of a record, one a metric; the function turns the metric's unit into the field's integer. */
const recordFields: readonly (Field & { metric: RideMetric; toRaw: (value: number) => number })[] = [
  { ...field(0, sint32), metric: 'latitude_deg', toRaw: semicircles },
  { ...field(1, sint32), metric: 'longitude_deg', toRaw: semicircles },
  { ...field(2, uint16), metric: 'altitude_m', toRaw: (metres) => (metres + 500) * 5 },
  { ...field(6, uint16), metric: 'speed_kmh', toRaw: millimetresPerSecond },
  { ...field(5, uint32), metric: 'odometer_m', toRaw: (metres) => metres * 100 },
  { ...field(4, uint8), metric: 'cadence_rpm', toRaw: (rpm) => rpm },
  { ...field(7, uint16), metric: 'rider_power_w', toRaw: (watts) => watts },
  { ...field(13, sint8), metric: 'ambient_temperature_c', toRaw: (degrees) => degrees },
  { ...field(82, uint16), metric: 'motor_power_w', toRaw: (watts) => watts },
  { ...field(118, uint8), metric: 'state_of_charge_pct', toRaw: (percent) => percent },
  { ...field(119, uint8), metric: 'assist_level', toRaw: (level) => level },
]

/**
 * The ride with a record for each second that has samples (of several values in one second the last counts), the timer stopped in
 * gaps, one lap and one session. The distance is the sum of the odometer's steps that were ridden: a reset, or another display's reading, is none. A value that its field cannot hold, such as
 * the power of a motor that brakes, is left out there. Metrics that FIT does not know are left out.
 *
 * Throws a RangeError at once for a ride without samples, and for times outside of those that FIT can write (1998 to 2126).
 */
export function encodeFit(streams: RideStreams): Generator<Uint8Array> {
  const parts = stretches(streams)
  if (parts.length === 0) throw new RangeError('a ride without samples has no FIT file')
  for (const timeMs of [streams.times[0], streams.times.at(-1)] as number[]) {
    const second = secondOf(timeMs)
    if (second < earliestSecond || second > latestSecond) {
      throw new RangeError(`FIT has no number for the time ${timeMs} ms`)
    }
  }
  return withChecksum(fitPieces(streams, parts))
}

function* fitPieces(streams: RideStreams, parts: readonly Stretch[]): Generator<Uint8Array> {
  const timeAt = (row: number) => streams.times[row] as number
  const columns = recordFields.filter(({ metric }) => streams.columns[metric] !== undefined)
  const record: Message = { number: 20, local: 2, fields: [timestamp, ...columns] }
  const records = parts.reduce((sum, part) => sum + [...secondsOf(streams, part)].length, 0)
  const messages = [
    ...[fileId, lap, session, activity].map((message) => [message, 1] as const),
    ...([
      [event, 2 * parts.length],
      [record, records],
    ] as const),
  ]
  yield header(messages.reduce((sum, [message, count]) => sum + bytesOf(message, count), 0))
  for (const [message] of messages) yield definition(message)

  const [first, last] = [parts[0] as Stretch, parts.at(-1) as Stretch]
  const [startMs, endMs] = [timeAt(first.from), timeAt(last.until - 1)]
  yield encode(fileId, [activityFile, development, 0, secondOf(startMs)])
  const values = recordReader(streams)
  let timerMs = 0
  for (const part of parts) {
    const [fromMs, untilMs] = [timeAt(part.from), timeAt(part.until - 1)]
    yield encode(event, [secondOf(fromMs), events.timer, eventTypes.start])
    for (const { second, from, until } of secondsOf(streams, part)) {
      yield encode(record, [
        second,
        ...columns.map(({ metric, toRaw }) => values.of(metric, { from, until }, toRaw)),
      ])
    }
    yield encode(event, [secondOf(untilMs), events.timer, eventTypes.stopAll])
    timerMs += untilMs - fromMs
  }
  const totals = [secondOf(startMs), endMs - startMs, timerMs, values.distanceCm()]
  const end = secondOf(endMs)
  yield encode(lap, [end, events.lap, eventTypes.stop, ...totals])
  yield encode(session, [end, events.session, eventTypes.stop, ...totals, eBiking, values.fastest(), 0, 1])
  yield encode(activity, [end, timerMs, 1, manual, events.activity, eventTypes.stop])
}

/** Of each field the last value in some rows, and what the whole ride has had so far. */
function recordReader(streams: RideStreams) {
  const valueAt = valueReader(streams)
  let before: { readonly timeMs: number; readonly odometerM: number } | undefined
  let distanceM = 0
  let fastestKmh: number | null = null
  function lastOf(metric: RideMetric, { from, until }: Stretch): [row: number, value: number] | undefined {
    for (let row = until - 1; row >= from; row--) {
      const value = valueAt(metric, row)
      if (value !== null) return [row, value]
    }
    return undefined
  }
  function of(metric: RideMetric, rows: Stretch, toRaw: (value: number) => number): number | null {
    const [row, value] = lastOf(metric, rows) ?? []
    if (row === undefined || value === undefined) return null
    if (metric === 'speed_kmh') fastestKmh = Math.max(value, fastestKmh ?? value)
    if (metric !== 'odometer_m') return toRaw(value)
    const timeMs = streams.times[row] as number
    const stepM = value - (before?.odometerM ?? value)
    if (isJourney(stepM, timeMs - (before?.timeMs ?? timeMs))) distanceM += stepM
    before = { timeMs, odometerM: value }
    return toRaw(distanceM)
  }
  return {
    of,
    distanceCm: () => (before === undefined ? null : distanceM * 100),
    fastest: () => (fastestKmh === null ? null : millimetresPerSecond(fastestKmh)),
  }
}

/** The rows of a stretch by the seconds in which they lie. */
function* secondsOf({ times }: RideStreams, part: Stretch): Generator<Stretch & { second: number }> {
  for (let from = part.from; from < part.until; ) {
    const second = secondOf(times[from] as number)
    let until = from + 1
    while (until < part.until && secondOf(times[until] as number) === second) until++
    yield { second, from, until }
    from = until
  }
}

function secondOf(timeMs: number): number {
  return Math.floor((timeMs - epochMs) / 1_000)
}

/** 180 degrees are 2^31, which is beside the largest number and means -180, as it does on the globe. */
function semicircles(degrees: number): number {
  const raw = Math.round((degrees * 2 ** 31) / 180)
  return raw > sint32.max ? sint32.min : raw
}

function millimetresPerSecond(kmh: number): number {
  return kmh / 0.0036
}

function header(dataBytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(14))
  view.setUint8(0, 14)
  view.setUint8(1, 0x10) // protocol 1.0
  view.setUint16(2, 2100, true) // profile 21.00
  view.setUint32(4, dataBytes, true)
  for (const [i, character] of [...'.FIT'].entries()) view.setUint8(8 + i, character.charCodeAt(0))
  view.setUint16(12, checksum(new Uint8Array(view.buffer, 0, 12)), true)
  return new Uint8Array(view.buffer)
}

/** Little-endian. */
function definition({ number, local, fields }: Message): Uint8Array {
  const described = fields.flatMap((field) => [field.number, field.type.bytes, field.type.code])
  return Uint8Array.from([0x40 | local, 0, 0, number & 0xff, number >> 8, fields.length, ...described])
}

/** Values are rounded; one that is null, or that the field cannot hold, is written as none. */
function encode({ local, fields }: Message, values: readonly (number | null)[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(1 + widthOf(fields)))
  view.setUint8(0, local)
  let offset = 1
  for (const [i, { type }] of fields.entries()) {
    const value = Math.round(values[i] ?? type.none)
    const raw = value < type.min || value > type.max ? type.none : value
    if (type.bytes === 1) view.setUint8(offset, raw)
    else if (type.bytes === 2) view.setUint16(offset, raw, true)
    else view.setUint32(offset, raw, true)
    offset += type.bytes
  }
  return new Uint8Array(view.buffer)
}

/** Of a definition and `count` messages. */
function bytesOf({ fields }: Message, count: number): number {
  return 6 + 3 * fields.length + count * (1 + widthOf(fields))
}

function widthOf(fields: readonly Field[]): number {
  return fields.reduce((sum, { type }) => sum + type.bytes, 0)
}

const crcOfByte = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  return crc
})

/** CRC-16/ARC; `before` is that of the bytes that precede. */
function checksum(bytes: Uint8Array, before = 0): number {
  return bytes.reduce((crc, byte) => (crc >> 8) ^ (crcOfByte[(crc ^ byte) & 0xff] as number), before)
}

/** The pieces in larger chunks, followed by their checksum. */
function* withChecksum(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let crc = 0
  let chunk = new Uint8Array(chunkBytes)
  let filled = 0
  for (const piece of pieces) {
    crc = checksum(piece, crc)
    if (filled + piece.length > chunkBytes) {
      yield chunk.subarray(0, filled)
      chunk = new Uint8Array(chunkBytes)
      filled = 0
    }
    chunk.set(piece, filled)
    filled += piece.length
  }
  yield chunk.subarray(0, filled)
  yield Uint8Array.of(crc & 0xff, crc >> 8)
}
