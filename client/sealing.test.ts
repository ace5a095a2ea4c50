// When an upload is due, by its size and by its age, and that sealing leaves nothing behind.
import { describe, expect, test } from 'vitest'
import { limits } from '../proto/index.ts'
import { noonMs, rideValues } from './testing/manual-clock.ts'
import { newRecorder } from './testing/recording.ts'

describe('an upload is due', () => {
  test('when it has enough samples, of all kinds together', () => {
    const { device, recorder } = newRecorder({ sealAfter: { samples: 3 } })
    const record = [
      () => recorder.record('ride', rideValues()),
      () => recorder.record('battery', { voltage_v: 36 }),
      () => recorder.record('ride', rideValues()),
    ]
    const due = record.map((next) => {
      device.pass(1_000)
      next()
      return recorder.due()
    })
    expect(due).toEqual([false, false, true])
  })

  test('when its first sample is old enough, whatever the wall clock does meanwhile', () => {
    const { device, recorder } = newRecorder({ sealAfter: { ageMs: 60_000 } })
    recorder.record('ride', rideValues())
    device.setWall(noonMs + 86_400_000)
    expect(recorder.due()).toBe(false)
    device.pass(59_999)
    expect(recorder.due()).toBe(false)
    device.pass(1)
    expect(recorder.due()).toBe(true)
  })

  test('when it has half as many tracks as it may have', () => {
    const { device, recorder } = newRecorder()
    let jumps = 0
    for (; !recorder.due(); jumps++) {
      device.setWall(device.wallMs() + 10_000)
      recorder.record('ride', rideValues())
    }
    expect(jumps).toBe(limits.tracksPerUpload / 2)
  })

  test('not when nothing was recorded, nor again after it was sealed', () => {
    const { device, recorder } = newRecorder({ sealAfter: { samples: 1, ageMs: 1 } })
    device.pass(10)
    expect(recorder.due()).toBe(false)
    expect(recorder.seal()).toBeUndefined()
    recorder.record('ride', rideValues())
    expect(recorder.seal()).toBeDefined()
    device.pass(10)
    expect(recorder.due()).toBe(false)
    expect(recorder.seal()).toBeUndefined()
  })
})

test('more tracks than an upload may have go into several uploads', () => {
  const { device, recorder } = newRecorder()
  for (let i = 0; i < limits.tracksPerUpload + 2; i++) {
    device.setWall(device.wallMs() + 10_000)
    recorder.record('ride', rideValues())
  }
  const sealed = [recorder.seal(), recorder.seal(), recorder.seal()]
  expect(sealed.map((upload) => upload?.tracks.length)).toEqual([limits.tracksPerUpload, 2, undefined])
})
