import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { QuarantineReason, RawTrackSchema, uuidBytes } from '../../../proto/index.ts'
import { enrolmentToleranceMs, futureToleranceMs, proposeClocks } from './clock.ts'
import { planTrack } from './plan.ts'
import type { ArrivedTrack, ClockDecision, KnownBike } from './port.ts'

const day = 86_400_000
const receivedAtMs = Date.UTC(2026, 4, 1)
const id = (end: string) => `01920000-0000-7000-8000-${end.padStart(12, '0')}`
const [bikeId, moduleId, formerModuleId] = [id('b'), id('d1'), id('d0')]
const bike: KnownBike = {
  version: 1,
  bikeId,
  producedAtMs: receivedAtMs - 300 * day,
  ownerships: [
    { riderId: 'anna', fromMs: receivedAtMs - 200 * day, untilMs: receivedAtMs - 100 * day },
    { riderId: 'ben', fromMs: receivedAtMs - 100 * day, untilMs: receivedAtMs - 10 * day },
    { riderId: 'cleo', fromMs: receivedAtMs - 10 * day, untilMs: Number.POSITIVE_INFINITY },
  ],
  devices: [
    { deviceId: formerModuleId, samplesFromMs: receivedAtMs - 300 * day },
    { deviceId: moduleId, samplesFromMs: receivedAtMs - 300 * day },
  ],
}

interface Sent {
  /** Relative to the receipt. */
  timesMs?: number[]
  recorderId?: string
  topicBike?: Uint8Array
  topicKind?: string
  sender?: string
}

function send({ timesMs = [-2_000, -1_000], recorderId = moduleId, ...rest }: Sent): ArrivedTrack {
  const { topicBike = uuidBytes(bikeId), topicKind = 'battery', sender = `bike:${bikeId}` } = rest
  const raw = create(RawTrackSchema, {
    sender,
    receivedAtMs: BigInt(receivedAtMs),
    device: { bikeId: topicBike, kind: topicKind },
  })
  const track = {
    bikeId,
    recorderId,
    kind: 'battery' as const,
    clock: { bootId: 1, clockEpoch: 1, monotonicStartMs: 5_000 },
    timesMs: Float64Array.from(timesMs, (ms) => receivedAtMs + ms),
    columns: [],
  }
  return { record: toBinary(RawTrackSchema, raw), raw, trackId: id('77'), receivedAtMs, track }
}

const text = (ranges: readonly { first: number; count: number }[]) =>
  ranges.map(({ first, count }) => `${first}+${count}`).join()

type Expected = { clean: string; riderId: string; quarantined?: Record<number, string> }
const mismatch: Expected = {
  clean: '',
  riderId: '',
  quarantined: { [QuarantineReason.DEVICE_MISMATCH]: '0+2' },
}

test.each<[string, Sent, KnownBike | undefined, Expected]>([
  [
    'a module speaks for its bike, and the samples are its owner’s',
    {},
    bike,
    { clean: '0+2', riderId: 'cleo' },
  ],
  [
    'what a former module of the bike has sent is believed',
    { recorderId: formerModuleId },
    bike,
    { clean: '0+2', riderId: 'cleo' },
  ],
  ['another bike’s topic is refused', { topicBike: uuidBytes(id('c')) }, bike, mismatch],
  ['a topic without a bike is refused', { topicBike: new Uint8Array(3) }, bike, mismatch],
  ['another kind’s topic is refused', { topicKind: 'ride' }, bike, mismatch],
  ['a recorder that is no module of the bike is refused', { recorderId: id('ee') }, bike, mismatch],
  ['a wrong topic is refused whether or not the bike is known', { topicKind: 'ride' }, undefined, mismatch],
  [
    'an unknown bike’s track waits',
    {},
    undefined,
    { clean: '', riderId: '', quarantined: { [QuarantineReason.BIKE_UNREGISTERED]: '0+2' } },
  ],
  [
    'a bike speaks before anybody owns it, for nobody',
    { timesMs: [-250 * day] },
    bike,
    { clean: '0+1', riderId: '' },
  ],
  [
    'what happened under a former owner is his',
    { timesMs: [-100 * day, -11 * day] },
    bike,
    { clean: '0+2', riderId: 'ben' },
  ],
  [
    'a track across a sale is nobody’s',
    { timesMs: [-11 * day, -9 * day] },
    bike,
    { clean: '0+2', riderId: '' },
  ],
  [
    'only clean samples count for whose it is',
    { timesMs: [-301 * day, -2_000, futureToleranceMs + 1] },
    bike,
    {
      clean: '1+1',
      riderId: 'cleo',
      quarantined: {
        [QuarantineReason.EVENT_BEFORE_BIKE]: '0+1',
        [QuarantineReason.EVENT_IN_FUTURE]: '2+1',
      },
    },
  ],
])('%s', (_, sent, known, { clean, riderId, quarantined = {} }) => {
  const verdict = planTrack(send(sent), known, undefined)
  expect(text(verdict.clean)).toBe(clean)
  expect(verdict.riderId).toBe(riderId)
  expect(Object.fromEntries(verdict.quarantined.map((each) => [each.reason, text(each.samples)]))).toEqual(
    quarantined,
  )
})

const enrolledToday: KnownBike = {
  ...bike,
  devices: [{ deviceId: moduleId, samplesFromMs: receivedAtMs - 60_000 }],
}
const beforeEnrolment = (quarantined: string, clean = '', riderId = ''): Expected => ({
  ...{ clean, riderId },
  quarantined: { [QuarantineReason.BEFORE_ENROLMENT]: quarantined },
})

test.each<[string, number[], Expected]>([
  ['of fifty days ago, in the former owner’s time', [-50 * day, -49 * day], beforeEnrolment('0+2')],
  ['of before and after its enrolment', [-50 * day, -1_000], beforeEnrolment('0+1', '1+1', 'cleo')],
  [
    'of a moment before, by a clock that is slow',
    [-60_000 - enrolmentToleranceMs],
    { clean: '0+1', riderId: 'cleo' },
  ],
  ['of a moment more', [-60_001 - enrolmentToleranceMs], beforeEnrolment('0+1')],
])('a module that was enrolled today tells %s', (_, timesMs, { clean, riderId, quarantined = {} }) => {
  const verdict = planTrack(send({ timesMs }), enrolledToday, undefined)
  expect([text(verdict.clean), verdict.riderId]).toEqual([clean, riderId])
  expect(Object.fromEntries(verdict.quarantined.map((each) => [each.reason, text(each.samples)]))).toEqual(
    quarantined,
  )
})

test('staff has moved the enrolment back: the same samples are the former owner’s', () => {
  const backdated = { ...bike, devices: [{ deviceId: moduleId, samplesFromMs: receivedAtMs - 60 * day }] }
  const verdict = planTrack(send({ timesMs: [-50 * day, -49 * day] }), backdated, undefined)
  expect([text(verdict.clean), verdict.riderId]).toEqual(['0+2', 'ben'])
})

test('what a module recorded in the time of an erased owner is refused, even where it could not be believed', () => {
  const [anna, ben, ...others] = bike.ownerships as [
    KnownBike['ownerships'][number],
    KnownBike['ownerships'][number],
  ]
  const erased = { ...bike, ownerships: [anna, { ...ben, riderId: 'erased:5b0c' }, ...others] }
  const across = planTrack(send({ timesMs: [-101 * day, -50 * day, -9 * day] }), erased, undefined)
  expect([text(across.erased), text(across.clean), across.riderId]).toEqual(['1+1', '0+1,2+1', ''])
  const foreign = planTrack(send({ timesMs: [-50 * day, -9 * day], recorderId: id('ee') }), erased, undefined)
  expect([text(foreign.erased), foreign.quarantined]).toMatchObject([
    '0+1',
    [{ reason: QuarantineReason.DEVICE_MISMATCH, samples: [{ first: 1, count: 1 }] }],
  ])
})

test('a phone does not speak as a module of its bike, not even the owner’s', () => {
  const asModule = send({ sender: 'cleo' })
  const upload = { ...asModule, raw: { ...asModule.raw, device: undefined } }
  expect(planTrack(upload, bike, undefined)).toMatchObject({
    clean: [],
    quarantined: [{ reason: QuarantineReason.DEVICE_MISMATCH, samples: [{ first: 0, count: 2 }] }],
  })
  const byPhone = { ...upload, track: { ...upload.track, recorderId: id('ee') } }
  expect(text(planTrack(byPhone, bike, undefined).clean)).toBe('0+2')
})

test('a module’s clock is taken as it is, and nobody shifts it by naming the same recorder', () => {
  const shifted: ClockDecision = { rule: 'sent_at', offsetMs: -50 * day }
  expect(planTrack(send({}), bike, shifted).clock).toEqual({ rule: 'none', offsetMs: 0 })
  expect(proposeClocks([{ arrived: send({ sender: 'cleo' }), known: {}, bike }])).toEqual([])
})
