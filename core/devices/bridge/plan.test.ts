import { create, fromBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  DeviceSourceSchema,
  kinds,
  limits,
  type QuarantinedTrack,
  QuarantinedTrackSchema,
  QuarantineReason,
  type RawTrack,
  RawTrackSchema,
  uuidBytes,
  uuidText,
  writeTrack,
} from '../../../proto/index.ts'
import { encodeRawTrack } from './envelope.ts'
import { type DeviceMessage, largestPayload, type Planned, planMessage } from './plan.ts'

const nowMs = Date.UTC(2026, 4, 1)
const bikeId = '01920000-0000-7000-8000-00000000000b'
const otherBikeId = '01920000-0000-7000-8000-00000000000c'
const payload = Buffer.from(
  writeTrack({
    bikeId,
    recorderId: '01920000-0000-7000-8000-0000000000d1',
    kind: 'battery',
    clock: { bootId: 1, clockEpoch: 1 },
    timesMs: [nowMs - 2_000, nowMs - 1_000],
    columns: [{ key: 'state_of_charge_pct', values: [500, 499] }],
  }),
)

function message(over: Partial<DeviceMessage> = {}): DeviceMessage {
  return {
    queue: 'telemetry.battery',
    routingKey: `bikes.${bikeId}.telemetry.battery`,
    body: payload,
    headers: {},
    timestampMs: undefined,
    ...over,
  }
}

function forwarded(planned: Planned): RawTrack {
  if (planned.kind !== 'forward') throw new Error(`not forwarded: ${planned.detail}`)
  return fromBinary(RawTrackSchema, new Uint8Array(planned.value))
}

function quarantined(planned: Planned): QuarantinedTrack {
  if (planned.kind !== 'quarantine') throw new Error('not quarantined')
  expect(planned.key).toHaveLength(16)
  return fromBinary(QuarantinedTrackSchema, planned.value)
}

test('a track is forwarded as it came, with what the topic says', () => {
  const raw = forwarded(planMessage(message(), nowMs))
  expect(Buffer.from(raw.track)).toEqual(payload)
  expect(raw).toMatchObject({ sender: `bike:${bikeId}`, samples: 0, receivedAtMs: BigInt(nowMs) })
  expect(raw.attempt).toBeUndefined()
  expect(raw.device).toMatchObject({ bikeId: uuidBytes(bikeId), kind: 'battery' })
  expect(raw.uploadId).toEqual(raw.trackId)
  expect(uuidText(planMessage(message(), nowMs).key)).toBe(bikeId)
})

test('the payload is not checked: normalize says what is wrong with it', () => {
  const bodies = [Buffer.from('no track'), Buffer.alloc(0)]
  for (const body of bodies) {
    expect(Buffer.from(forwarded(planMessage(message({ body }), nowMs)).track)).toEqual(body)
  }
  const asRide = message({ routingKey: `bikes.${bikeId}.telemetry.ride` })
  expect(forwarded(planMessage(asRide, nowMs)).device?.kind).toBe('ride')
})

test('an envelope reads as what was put into it', () => {
  const anyTrack = fc.record({
    payload: fc.uint8Array({ maxLength: 300 }),
    bikeId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    kind: fc.constantFrom(...kinds),
    receivedAtMs: fc.integer({ min: 1, max: limits.timeMs }),
    sender: fc.constant(`bike:${bikeId}`),
  })
  fc.assert(
    fc.property(anyTrack, (track) => {
      const raw = fromBinary(RawTrackSchema, new Uint8Array(encodeRawTrack(track)))
      const { kind, sender, receivedAtMs, payload: bytes } = track
      const device = create(DeviceSourceSchema, { bikeId: track.bikeId, kind })
      const { trackId, uploadId } = raw
      expect(uploadId).toEqual(trackId)
      expect(raw).toEqual(
        create(RawTrackSchema, {
          ...{ trackId, uploadId, sender, track: bytes, device },
          receivedAtMs: BigInt(receivedAtMs),
        }),
      )
    }),
  )
})

test.each<[string, number | undefined, number]>([
  ['the broker’s time of receipt counts where it tells it', nowMs - 60_000, nowMs - 60_000],
  ['without it the time of reading counts', undefined, nowMs],
  ['a broker whose clock is ahead does not make the future past', nowMs + 60_000, nowMs],
])('%s', (_, timestampMs, receivedAtMs) => {
  expect(forwarded(planMessage(message({ timestampMs }), nowMs)).receivedAtMs).toBe(BigInt(receivedAtMs))
})

const death = { queue: 'telemetry.battery', reason: 'delivery_limit', count: 1 }

test.each<[string, Partial<DeviceMessage>, QuarantineReason, RegExp]>([
  [
    'a topic whose bike is no UUID',
    { routingKey: 'bikes.mine.telemetry.battery' },
    QuarantineReason.DEVICE_MISMATCH,
    /bikes\.mine/,
  ],
  ['a topic that is none of ours', { routingKey: 'a.b' }, QuarantineReason.DEVICE_MISMATCH, /a\.b/],
  [
    'a payload that no track can have',
    { body: Buffer.alloc(largestPayload + 1) },
    QuarantineReason.UNDECODABLE,
    /8388609 bytes/,
  ],
  [
    'a dead letter of another queue',
    { queue: 'dead-letters', routingKey: `bikes.${bikeId}.commands.7.ack`, headers: { 'x-death': [death] } },
    QuarantineReason.UNDELIVERABLE,
    /delivery_limit, 1 times/,
  ],
  [
    'a dead letter with nothing to say',
    { queue: 'dead-letters', routingKey: '', body: Buffer.alloc(0) },
    QuarantineReason.UNDELIVERABLE,
    /given up by the broker/,
  ],
])('%s goes to quarantine as bytes', (_, over, reason, detail) => {
  const entry = quarantined(planMessage(message(over), nowMs))
  expect(entry).toMatchObject({ reason, stage: 'devices', quarantinedAtMs: BigInt(nowMs) })
  expect(entry.detail).toMatch(detail)
  expect(entry.raw).toBeUndefined()
  const { body } = message(over)
  expect(Buffer.from(entry.record)).toEqual(
    body.subarray(0, body.length > largestPayload ? 65_536 : body.length),
  )
})

test('a dead letter of telemetry is kept as the track it was, so that a replay sends it on', () => {
  const dead = message({ queue: 'dead-letters', headers: { 'x-death': [death] } })
  const entry = quarantined(planMessage(dead, nowMs))
  expect(entry.reason).toBe(QuarantineReason.UNDELIVERABLE)
  expect(Buffer.from(entry.raw?.track ?? [])).toEqual(payload)
  expect(entry.raw?.trackId).toEqual(forwarded(planMessage(message(), nowMs)).trackId)
})

test('whatever comes, it is forwarded or quarantined', () => {
  const anyMessage = fc.record({
    queue: fc.constantFrom('telemetry.ride', 'dead-letters', ''),
    routingKey: fc.oneof(
      fc.string(),
      fc.constantFrom(`bikes.${bikeId}.telemetry.ride`, 'bikes..telemetry.ride'),
    ),
    body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    headers: fc.dictionary(fc.constantFrom('x-death', 'other'), fc.anything()),
    timestampMs: fc.option(fc.integer({ min: 0, max: nowMs }), { nil: undefined }),
  })
  fc.assert(fc.property(anyMessage, (each) => planMessage(each, nowMs).value.length > 0))
})

test('a track’s id follows from bike, kind and payload alone', () => {
  const id = (over: Partial<DeviceMessage>, atMs: number) =>
    uuidText(forwarded(planMessage(message(over), atMs)).trackId)
  const first = id({}, nowMs)
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(id({ headers: { 'x-mqtt-dup': true } }, nowMs + 1)).toBe(first)
  expect(id({ routingKey: `bikes.${bikeId.toUpperCase()}.telemetry.battery` }, nowMs)).toBe(first)
  const ids = [
    first,
    id({ routingKey: `bikes.${bikeId}.telemetry.ride` }, nowMs),
    id({ body: payload.subarray(1) }, nowMs),
    id({ routingKey: `bikes.${otherBikeId}.telemetry.battery` }, nowMs),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})
