// The clocks of the machine that Node runs on, and a file that keeps the clock state across restarts.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ClockState, DeviceClock } from '../clock.ts'

export function nodeDeviceClock(): DeviceClock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
    bootMarker: linuxBootId() ?? randomUUID(),
  }
}

/** Elsewhere nothing tells two boots apart, and each start of the process counts as one: that is safe. */
function linuxBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}

/**
 * `createClockWatch({ device, ...fileClockState(path) })`. A file that is missing or damaged begins anew, and repeats epochs:
 * an app that finds `state` undefined takes a new recorder id, too.
 */
export function fileClockState(path: string): {
  state: ClockState | undefined
  save: (state: ClockState) => void
} {
  return {
    state: readState(path),
    save: (state) => {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(`${path}.tmp`, JSON.stringify(state), { flush: true })
      renameSync(`${path}.tmp`, path)
    },
  }
}

function readState(path: string): ClockState | undefined {
  try {
    const state = JSON.parse(readFileSync(path, 'utf8')) as ClockState
    const numbers = [state.bootId, state.clockEpoch, state.offsetMs]
    return typeof state.bootMarker === 'string' && numbers.every(Number.isFinite) ? state : undefined
  } catch {
    return undefined
  }
}
