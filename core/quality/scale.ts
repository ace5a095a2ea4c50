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

const roundSteps = [1, 2, 2.5, 5, 10]
const wantedSteps = 4

export function linearScale(greatest: number, { x, width }: Span): Scale {
  const rough = (greatest > 0 ? greatest : 1) / wantedSteps
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = roundSteps.find((round) => round * power >= rough) ?? 10
  const steps = Math.max(1, Math.ceil(greatest / (factor * power)))
  const end = steps * factor * power
  const decimals = Math.max(0, -Math.floor(Math.log10(power)) + (factor === 2.5 ? 1 : 0))
  return {
    end,
    ticks: Array.from({ length: steps + 1 }, (_, index) => index * factor * power),
    label: (tick) =>
      tick === 0
        ? '0'
        : tick.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
    at: (value) => x + (Math.min(value, end) / end) * width,
  }
}
