// A line chart as SVG, drawn from numbers alone. Pure.
import { circle, escaped, line, type Point, polyline, text } from '../../core/fleet/field-errors/svg.ts'

export interface Line {
  readonly name: string
  /** Seconds and value, in the order of time. */
  readonly points: readonly (readonly [atS: number, value: number])[]
  /** Points that are not joined, such as probes. */
  readonly isScattered?: boolean
}

export interface Chart {
  readonly title: string
  readonly unit: string
  readonly lines: readonly Line[]
  /** The end of the load; what follows is settling. */
  readonly loadEndsAtS?: number
}

const size = { width: 720, height: 220, left: 64, right: 12, top: 10, bottom: 28 } as const
const tick = 'class="tick"'
/** More than there are pixels would only make the file large. */
const mostPoints = 500
/** As many as there are colours to tell apart. */
const mostLines = 8

export function drawChart({ title, unit, lines, loadEndsAtS }: Chart): string {
  const shown = largestLines(lines.filter(({ points }) => points.length > 0))
  const endS = Math.max(1, ...shown.map(({ points }) => points.at(-1)?.[0] ?? 0))
  const top = niceTop(largest(shown))
  const x = (atS: number) => size.left + (atS / endS) * (size.width - size.left - size.right)
  const y = (value: number) =>
    size.height - size.bottom - (value / top) * (size.height - size.top - size.bottom)
  const [bottom, end] = [size.height - size.bottom, size.width - size.right]
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const at = y(share * top)
    return [
      line([size.left, at], [end, at], 'class="grid"'),
      text([size.left - 6, at + 4], formatValue(share * top), `${tick} text-anchor="end"`),
    ]
  })
  const ticks = timesTo(endS).map((atS) =>
    text([x(atS), size.height - 8], formatTime(atS), `${tick} text-anchor="middle"`),
  )
  const isSettling = loadEndsAtS !== undefined && loadEndsAtS < endS
  const loadEnd = isSettling ? line([x(loadEndsAtS), size.top], [x(loadEndsAtS), bottom], 'class="end"') : ''
  const drawn = shown.map((each, i) => drawLine(each, { x, y, colour: i }))
  const legend = shown.map(({ name }, i) => `<span class="key"><i class="c${i}"></i>${escaped(name)}</span>`)
  if (shown.length < lines.length) legend.push(`and ${lines.length - shown.length} that stay below these`)
  return [
    `<figure><figcaption>${escaped(title)} <small>${escaped(unit)}</small></figcaption>`,
    `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escaped(title)}">`,
    ...grid,
    ...ticks,
    loadEnd,
    ...drawn,
    '</svg>',
    shown.length === 0 ? '<p>nothing measured</p>' : `<p>${legend.join(' ')}</p>`,
    '</figure>',
  ].join('')
}

function drawLine(
  { name, points, isScattered = false }: Line,
  of: { x: (atS: number) => number; y: (value: number) => number; colour: number },
): string {
  const at = thin(points).map(([atS, value]): Point => [of.x(atS), of.y(value)])
  if (!isScattered) return polyline(at, `class="line c${of.colour}"`, name)
  const dots = at.map((point) => circle(point, 2))
  return `<g class="dots c${of.colour}"><title>${escaped(name)}</title>${dots.join('')}</g>`
}

/** Of each stretch the point with the largest value stays: peaks are what one looks for. */
export function thin(points: Line['points']): Line['points'] {
  if (points.length <= mostPoints) return points
  const stretch = Math.ceil(points.length / mostPoints)
  const stretches = Math.ceil(points.length / stretch)
  return Array.from({ length: stretches }, (_, i) =>
    points.slice(i * stretch, (i + 1) * stretch).reduce((a, b) => (b[1] > a[1] ? b : a)),
  )
}

function largest(lines: readonly Line[]): number {
  return Math.max(0, ...lines.map(peakOf))
}

function peakOf({ points }: Line): number {
  return points.reduce((most, [, value]) => Math.max(most, value), 0)
}

/** In the order they came. */
function largestLines(lines: readonly Line[]): Line[] {
  const peaks = lines.map(peakOf).sort((a, b) => b - a)
  const least = peaks[mostLines - 1] ?? 0
  return lines.filter((each) => peakOf(each) >= least).slice(0, mostLines)
}

const timeStepsS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400]
const mostTicks = 8

function timesTo(endS: number): number[] {
  const stepS = timeStepsS.find((step) => endS / step <= mostTicks) ?? endS
  return Array.from({ length: Math.floor(endS / stepS) + 1 }, (_, i) => i * stepS)
}

/** The next of 1, 2, 2.5, 4, 5, 8 and 10 times a power of ten: its quarters are readable. */
export function niceTop(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 2, 2.5, 4, 5, 8, 10].find((each) => each * power >= value) ?? 10
  return factor * power
}

export function formatValue(value: number): string {
  if (value >= 1e9) return `${round(value / 1e9)} G`
  if (value >= 1e6) return `${round(value / 1e6)} M`
  if (value >= 1e4) return `${round(value / 1e3)} k`
  return String(value < 1 ? Number(value.toPrecision(3)) : round(value))
}

function formatTime(atS: number): string {
  if (atS >= 7_200) return `${round(atS / 3_600)} h`
  return atS >= 120 ? `${round(atS / 60)} min` : `${round(atS)} s`
}

const round = (value: number) => Math.round(value * 100) / 100
