// The recorder: where a track ends, what is no sample, and that all it seals is what an edge takes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fields, kinds, limits } from '../proto/index.ts'
import { noonMs, rideValues } from './testing/manual-clock.ts'
import { newRecorder, timesOf, tracksOf } from './testing/recording.ts'
import type { Values } from './track-builder.ts'

describe('a track ends', () => {
  test.each([
    ['when the wall clock jumps forward', 60_000],
    ['when the wall clock jumps back', -60_000],
  ])('%s, and the next one is of the next epoch', (_, jumpMs) => {
    const { device, recorder } = newRecorder()
    recorder.record('ride', rideValues())
    device.setWall(noonMs + jumpMs)
    recorder.record('ride', rideValues())
    const upload = recorder.seal()
    expect(timesOf(upload)).toEqual([[0], [jumpMs]])
    expect(tracksOf(upload).map(({ clock }) => clock.clockEpoch)).toEqual([1, 2])
  })

  test('when it has as many samples as it may have', () => {
    const { device, recorder } = newRecorder()
    for (let i = 0; i <= limits.samplesPerTrack; i++) {
      device.pass(1)
      recorder.record('battery', { voltage_v: 36 })
    }
    expect(timesOf(recorder.seal()).map(({ length }) => length)).toEqual([limits.samplesPerTrack, 1])
  })

  test('when the clock creeps back within an epoch', () => {
    const { device, recorder } = newRecorder()
    for (const wallMs of [noonMs, noonMs + 500, noonMs - 500]) {
      device.setWall(wallMs)
      recorder.record('ride', rideValues())
    }
    expect(timesOf(recorder.seal())).toEqual([[0, 500], [-500]])
  })
})

describe('samples', () => {
  test('of the same millisecond are told apart', () => {
    const { recorder } = newRecorder()
    for (let code = 1; code <= 5; code++) recorder.record('fault', { fault_code: code })
    expect(timesOf(recorder.seal())).toEqual([[0, 1, 2, 3, 4]])
  })

  test('without a value that a sensor can have measured are not recorded', () => {
    const { recorder } = newRecorder()
    const noFix = { latitude_deg: 0, longitude_deg: 0, cadence_rpm: 255 }
    for (const values of [{}, { speed_kmh: Number.NaN }, { speed_kmh: -1 }, { latitude_deg: 48 }, noFix]) {
      expect(recorder.record('ride', values)).toEqual({ recorded: false, reason: 'no_values' })
    }
  })

  test('are not recorded under a clock that shows no Unix time', () => {
    const { device, recorder } = newRecorder()
    for (const wallMs of [-1, limits.timeMs, Number.NaN]) {
      device.setWall(wallMs)
      expect(recorder.record('ride', rideValues())).toEqual({ recorded: false, reason: 'clock_unusable' })
    }
  })

  test('lose the values that an edge would refuse, and say so', () => {
    const { recorder } = newRecorder()
    const outcome = recorder.record('ride', { speed_kmh: 25, cadence_rpm: 301, latitude_deg: 48 })
    expect(outcome).toEqual({ recorded: true, timeMs: noonMs, leftOut: ['cadence_rpm', 'latitude_deg'] })
    expect(tracksOf(recorder.seal())[0]?.columns.map(({ key }) => key)).toEqual(['speed_kmh'])
  })
})

describe('the parts that a bike carries', () => {
  const parts = [{ slot: 'battery', serialNumber: 'BT-7' }]

  test('travel once, with the next track that ends', () => {
    const { device, recorder } = newRecorder()
    recorder.carries(parts)
    for (let i = 0; i < 2; i++) {
      recorder.record('ride', rideValues())
      device.setWall(device.wallMs() + 60_000)
    }
    expect(tracksOf(recorder.seal()).map((track) => track.parts)).toEqual([parts, undefined])
  })

  test('are refused before they cost a track', () => {
    const { recorder } = newRecorder()
    expect(() => recorder.carries([{ slot: 'battery', serialNumber: '' }])).toThrow('part_invalid')
    recorder.record('ride', rideValues())
    expect(tracksOf(recorder.seal())[0]?.parts).toBeUndefined()
  })
})

test('tracks are numbered without a gap, in the order in which they end', () => {
  let sequence = 41
  const { recorder } = newRecorder({ nextSequence: () => ++sequence })
  for (let i = 0; i < 2; i++) {
    recorder.record('ride', rideValues())
    recorder.record('battery', { voltage_v: 36 })
  }
  expect(tracksOf(recorder.seal()).map((track) => track.sequence)).toEqual([42, 43])
})

test('a track belongs to one recording: another one begins another track', () => {
  const { recorder } = newRecorder()
  for (const recordingId of [undefined, 7, 7, 8, undefined]) {
    recorder.recording(recordingId)
    recorder.record('ride', rideValues())
  }
  expect(tracksOf(recorder.seal()).map((track) => track.recordingId)).toEqual([undefined, 7, 8, undefined])
  expect(() => recorder.recording(-1)).toThrow(RangeError)
})

test('an id that is no UUID is told at once, not when a ride is to be sealed', () => {
  expect(() => newRecorder({ bikeId: 'my bike' })).toThrow(RangeError)
  expect(() => newRecorder({ recorderId: '' })).toThrow(RangeError)
})

test('whatever is recorded, under whatever clock, every sealed track can be read, and no sample is missing', () => {
  const sample = fc.constantFrom(...kinds).chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      passMs: fc.integer({ min: 0, max: 3_000 }),
      jumpMs: fc.oneof(fc.constant(0), fc.integer({ min: -1e7, max: 1e7 })),
      values: fc.dictionary(
        fc.constantFrom(...fields[kind].map(({ key }) => key as string)),
        fc.oneof(fc.double(), fc.integer({ min: 0, max: 200 })),
      ),
    }),
  )
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 60 }), (samples) => {
      const { device, recorder } = newRecorder()
      let recorded = 0
      for (const { kind, passMs, jumpMs, values } of samples) {
        device.pass(passMs)
        device.setWall(device.wallMs() + jumpMs)
        if (recorder.record(kind, values as Values).recorded) recorded++
      }
      const lengths = tracksOf(recorder.seal()).map(({ timesMs }) => timesMs.length)
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(recorded)
    }),
  )
})
