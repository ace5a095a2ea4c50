// A linear axis that begins at zero and ends at a round number. Pure.

export interface Scale {
  readonly end: number
  readonly ticks: readonly number[]
  label(tick: number): string
  /** From a value to a position; values beyond the end are at the end. */
  at(value: number): number
}

export interface Span {
  readonly x: number
  readonly width: number
}

/** Multiples of a power of ten, and the decimals that they need beyond those of the power. */
const roundSteps = [
  { factor: 1, decimals: 0 },
  { factor: 2, decimals: 0 },
  { factor: 2.5, decimals: 1 },
  { factor: 5, decimals: 0 },
] as const
const nextPower = { factor: 10, decimals: -1 } as const
const wantedSteps = 4

export function linearScale(greatest: number, { x, width }: Span): Scale {
  const reach = greatest > 0 ? greatest : 1
  const exponent = Math.floor(Math.log10(reach / wantedSteps))
  const power = 10 ** exponent
  const round = roundSteps.find(({ factor }) => factor * power >= reach / wantedSteps) ?? nextPower
  const step = round.factor * power
  const steps = Math.ceil(reach / step)
  const digits = Math.max(0, round.decimals - exponent)
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  return {
    end: steps * step,
    ticks: Array.from({ length: steps + 1 }, (_, index) => index * step),
    label: (tick) => (tick === 0 ? '0' : tick.toLocaleString('en', format)),
    at: (value) => x + (Math.min(value, steps * step) / (steps * step)) * width,
  }
}
