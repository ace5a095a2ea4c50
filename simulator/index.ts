// A fleet that rides, for the demonstration, the tests and the benchmarks. Everything follows from a seed.
export { capacityWh } from './battery.ts'
export { type Bike, createBike } from './bike.ts'

export { createPhone, type Phone } from './phone.ts'
export { createRandom, type Random, randomUuid } from './random.ts'
export { attemptClock, type Chunk, recordRide } from './recording.ts'
export { bySecondRecorder, inSeconds, withSensorFaults } from './sensor-faults.ts'
export {
  countSamples,
  cutSeries,
  type Measurement,
  metric,
  type Series,
  shiftSeries,
  toSeries,
} from './series.ts'
