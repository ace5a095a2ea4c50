// A fleet that rides, for the demonstration, the tests and the benchmarks. Everything follows from a seed.
export { type Bike, createBike } from './bike.ts'
export {
  type Circumstance,
  circumstances,
  type FleetOptions,
  type PlannedUpload,
  simulateFleet,
} from './fleet.ts'
export { type ClockEvent, type ClockReading, createPhone, type Phone, type PhoneOptions } from './phone.ts'
export { createRandom, type Random, randomUuid } from './random.ts'
export { attemptClock, type Chunk, type Recorder, recordRide } from './recording.ts'
export {
  countSamples,
  cutSeries,
  type Measurement,
  metric,
  type Series,
  shiftSeries,
  toSeries,
} from './series.ts'
