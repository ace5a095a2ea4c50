// Watches the memory of another process (Linux), and says whether it stays within its bounds.
import { readFileSync } from 'node:fs'

export interface MemoryUse {
  /** How often it was looked at; without, the rest means nothing. */
  readonly samples: number
  readonly peakMiB: number
  /** From the middle fifth of the run to the last one, by their medians: what goes on growing leaks. */
  readonly growthMiB: number
}

const kibibytesPerMebibyte = 1024

/** Resident memory; undefined when the process is gone. */
export function residentMiB(pid: number): number | undefined {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kibibytes === undefined ? undefined : Number(kibibytes) / kibibytesPerMebibyte
  } catch {
    return undefined
  }
}

/** Of samples taken at a steady pace. */
export function memoryUse(samplesMiB: readonly number[]): MemoryUse {
  const fifth = (n: number) =>
    samplesMiB.slice(Math.floor((samplesMiB.length * n) / 5), Math.ceil((samplesMiB.length * (n + 1)) / 5))
  return {
    samples: samplesMiB.length,
    peakMiB: Math.round(Math.max(0, ...samplesMiB)),
    growthMiB: Math.round(median(fifth(4)) - median(fifth(2))),
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
