// The arguments of `npm run chaos`. Pure.
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { targetNames } from './targets.ts'

export interface ChaosArguments {
  /** Faults; with fewer than `least` the run has failed. */
  readonly least: number
  readonly most: number
  /** No fault begins later. */
  readonly withinMs: number
  readonly seed: number
  /** Names of `targetNames`; all without. */
  readonly only: readonly string[] | undefined
  /** File of the record. */
  readonly report: string
}

const defaultFaults = 30
const mostFaults = 1_000
const mostMinutes = 24 * 60
const minuteMs = 60_000

const text = { type: 'string' } as const
const form = {
  options: { faults: text, minutes: text, seed: text, only: text, report: text },
  positionals: [],
  request: z.strictObject({
    faults: z.coerce.number().int().min(1).max(mostFaults).optional(),
    minutes: z.coerce.number().positive().max(mostMinutes).optional(),
    seed: z.coerce.number().int().default(1),
    only: z
      .string()
      .transform((names) => names.split(','))
      .pipe(z.array(z.enum(targetNames)))
      .optional(),
    report: z.string().min(1).default('.bench/chaos.json'),
  }),
} as const

/** Throws an Error that lists every fault. With minutes alone as many faults as fit are done, but one at least. */
export function readArguments(args: string[]): ChaosArguments {
  const { faults, minutes, seed, only, report } = readRequest(form, args)
  const isOpen = faults === undefined && minutes !== undefined
  return {
    least: isOpen ? 1 : (faults ?? defaultFaults),
    most: isOpen ? mostFaults : (faults ?? defaultFaults),
    withinMs: (minutes ?? mostMinutes) * minuteMs,
    seed,
    only,
    report,
  }
}
