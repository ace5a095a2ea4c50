// Small parts of pages: a number with its unit, the charge of a battery, an interval.
import type { Child } from 'hono/jsx'
import type { Quantiles } from './answers.ts'
import { number } from './format.ts'

interface FigureProps {
  readonly label: string
  /** Undefined where it cannot be told. */
  readonly value: string | undefined
  readonly unit?: string
  readonly children?: Child
}

/** In a `<dl class="figures">`. */
export function Figure({ label, value, unit, children }: FigureProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {value === undefined ? (
          <span class="none">not available</span>
        ) : (
          <>
            <strong>{value}</strong>
            {unit && <small> {unit}</small>}
          </>
        )}
        {children}
      </dd>
    </div>
  )
}

const inPercent = (value: number) => Math.min(100, Math.max(0, value))

/** A bar that is as full as the battery. The number stands beside it. */
export function ChargeBar({ chargePct }: { readonly chargePct: number | undefined }) {
  const full = inPercent(chargePct ?? 0)
  return (
    <svg
      class={`charge${full < 20 ? ' low' : ''}`}
      viewBox="0 0 100 6"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect class="ground" width="100" height="6" />
      <rect class="level" width={full} height="6" data-live="bar" />
    </svg>
  )
}

/** The interval from P10 to P90 with a mark at P50, on a line from 0 to a little more than P90. */
export function Interval({ quantiles: { p10, p50, p90 } }: { readonly quantiles: Quantiles }) {
  const scale = 100 / (p90 * 1.15 || 1)
  const at = (value: number) => inPercent(value * scale)
  return (
    <svg class="interval" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="ground" y="4" width="100" height="2" rx="1" />
      <rect class="sure" y="2" x="0" width={at(p10)} height="6" />
      <rect class="maybe" y="2" x={at(p10)} width={Math.max(0, at(p90) - at(p10))} height="6" />
      <rect class="middle" x={at(p50) - 0.5} width="1" height="10" />
    </svg>
  )
}

/** `39 to 58 km` */
export const intervalText = ({ p10, p90 }: Quantiles) => `${number(p10)} to ${number(p90)} km`
