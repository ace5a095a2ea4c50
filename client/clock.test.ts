// The clock watch: when a clock epoch or a boot begins, and what a restart of the app remembers.
import { describe, expect, test } from 'vitest'
import { type ClockState, createClockWatch } from './clock.ts'
import { createManualClock, noonMs } from './testing/manual-clock.ts'

describe('a clock epoch', () => {
  const hourMs = 3_600_000
  test.each([
    ['lasts while both clocks go on', 0, 1],
    ['lasts while they part by less than the tolerance', 1_999, 1],
    ['ends when the wall clock jumps forward', 2_001, 2],
    ['ends when the wall clock jumps back', -2_001, 2],
    ['ends when the wall clock jumps by years', -6 * 365 * 24 * hourMs, 2],
  ])('%s', (_, jumpMs, epoch) => {
    const device = createManualClock()
    const watch = createClockWatch({ device })
    expect(watch.read().clockEpoch).toBe(1)
    device.pass(hourMs)
    device.setWall(device.wallMs() + jumpMs)
    expect(watch.read()).toEqual({
      wallMs: noonMs + hourMs + jumpMs,
      monotonicMs: 1_000 + hourMs,
      bootId: 1,
      clockEpoch: epoch,
    })
  })

  test('ends when many small steps add up to more than the tolerance', () => {
    const device = createManualClock()
    const watch = createClockWatch({ device })
    const epochs = Array.from({ length: 5 }, () => {
      const { clockEpoch } = watch.read()
      device.setWall(device.wallMs() + 900)
      return clockEpoch
    })
    expect(epochs).toEqual([1, 1, 1, 2, 2])
  })

  test('is counted for each jump, also for one that goes back to the right time', () => {
    const device = createManualClock()
    const watch = createClockWatch({ device })
    const epochs = [noonMs, noonMs + 86_400_000, noonMs].map((wallMs) => {
      device.setWall(wallMs)
      return watch.read().clockEpoch
    })
    expect(epochs).toEqual([1, 2, 3])
  })
})

describe('after a restart of the app', () => {
  const state: ClockState = { bootMarker: 'boot-a', bootId: 4, clockEpoch: 9, offsetMs: noonMs - 1_000 }
  test.each([
    ['in the same boot nothing begins', 'boot-a', 0, { bootId: 4, clockEpoch: 9 }],
    ['a jump that nobody saw begins an epoch', 'boot-a', 60_000, { bootId: 4, clockEpoch: 10 }],
    ['another boot begins a boot and an epoch', 'boot-b', 0, { bootId: 5, clockEpoch: 10 }],
  ])('%s', (_, bootMarker, jumpMs, expected) => {
    const device = createManualClock({ wallMs: noonMs + jumpMs, bootMarker })
    expect(createClockWatch({ device, state }).read()).toMatchObject(expected)
  })
})

describe('the state of the clocks', () => {
  test('is saved when something begins, and not at every reading', () => {
    const saved: ClockState[] = []
    const device = createManualClock()
    const watch = createClockWatch({ device, save: (state) => saved.push(state) })
    watch.read()
    watch.read()
    device.setWall(noonMs + 60_000)
    watch.read()
    expect(saved.map(({ clockEpoch }) => clockEpoch)).toEqual([1, 2])
  })

  test('gives no reading of an epoch that could not be saved, for a restart would use it again', () => {
    let diskIsFull = true
    const save = () => {
      if (diskIsFull) throw new Error('no space left')
    }
    const watch = createClockWatch({ device: createManualClock(), save })
    expect(() => watch.read()).toThrow('no space left')
    expect(() => watch.read()).toThrow('no space left')
    diskIsFull = false
    expect(watch.read().clockEpoch).toBe(1)
  })
})

test('a stamp has the clocks of its own moment', () => {
  const device = createManualClock()
  const watch = createClockWatch({ device })
  watch.stamp()
  device.pass(5_000)
  expect(watch.stamp()).toEqual({
    sentAtMs: noonMs + 5_000,
    monotonicMs: 6_000,
    bootId: 1,
    clockEpoch: 1,
  })
})
