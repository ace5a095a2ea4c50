import { expect, test } from 'vitest'
import { readScaleRecord, secondsOf } from './scale-record.ts'

const stage = (instances: number, kafka: number | null) => ({
  stage: 'latest',
  instances,
  counted: 2e6,
  seconds: 4,
  cpuSeconds: 1,
  engineSeconds: { kafka, elasticsearch: 0, postgres: 0.5 },
})
const record = (measured: readonly object[]) =>
  JSON.stringify({
    figures: { samplesPerTrack: 300, measured, sizes: { bytesPerRecord: {}, bytesPerRow: {} } },
  })

test('what one process took is told a million samples, and an engine elsewhere costs nothing', () => {
  const read = readScaleRecord(record([stage(2, 9), stage(1, null)]))
  expect(secondsOf(read, 'latest')).toEqual({ busy: 2, cpu: 0.5, kafka: 0, elasticsearch: 0, postgres: 0.25 })
})

test('a stage that was not measured is named', () => {
  expect(() => secondsOf(readScaleRecord(record([stage(2, 9)])), 'latest')).toThrow(
    'no latest with one process',
  )
})

test('what is no record of the benchmark is refused', () => {
  expect(() => readScaleRecord('{"figures": {}}')).toThrow()
})
