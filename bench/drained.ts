// What a measurement of processes at work holds, and whether it says anything. Pure.
import type { EngineSeconds } from './engine-cpu.ts'

export interface Drained {
  readonly counted: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly engineSeconds: EngineSeconds
  readonly peakMiB: number
  /** By process. */
  readonly partitions: readonly number[]
  readonly shares: readonly number[]
}

/** The kernel counts CPU in hundredths of a second: less than this is told too roughly. */
const leastCpuSeconds = 0.2
const leastSeconds = 0.3

/** Throws an Error that says what of `what` was not measured; an engine elsewhere (NaN) is no fault. */
export function checkDrained(what: string, drained: Drained): Drained {
  const { counted, seconds, cpuSeconds, peakMiB, shares } = drained
  const isMeasured =
    counted > 0 &&
    seconds >= leastSeconds &&
    cpuSeconds >= leastCpuSeconds &&
    peakMiB > 0 &&
    shares.every((share) => share > 0) &&
    [counted, seconds, cpuSeconds, peakMiB, ...shares].every(Number.isFinite)
  if (isMeasured) return drained
  const found = `${counted} counted in ${seconds.toFixed(2)} s with ${cpuSeconds.toFixed(2)} s of CPU, shares ${shares.join(' and ')}`
  throw new Error(`${what}: too little to measure (${found}); set BENCH_SAMPLES higher`)
}
