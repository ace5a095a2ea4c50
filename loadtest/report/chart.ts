// A line chart as SVG, drawn from numbers alone. Pure.

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
/** More than there are pixels would only make the file large. */
const mostPoints = 500
const palette = 8

export function drawChart({ title, unit, lines, loadEndsAtS }: Chart): string {
  const shown = lines.filter(({ points }) => points.length > 0)
  const endS = Math.max(1, ...shown.map(({ points }) => points.at(-1)?.[0] ?? 0))
  const top = niceTop(largest(shown))
  const x = (atS: number) => size.left + (atS / endS) * (size.width - size.left - size.right)
  const y = (value: number) =>
    size.height - size.bottom - (value / top) * (size.height - size.top - size.bottom)
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = round(y(share * top))
    return `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}"/><text class="tick" x="${size.left - 6}" y="${at + 4}" text-anchor="end">${formatValue(share * top)}</text>`
  })
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text class="tick" x="${round(x(share * endS))}" y="${size.height - 8}" text-anchor="${share === 1 ? 'end' : 'middle'}">${formatTime(share * endS)}</text>`,
  )
  const end =
    loadEndsAtS === undefined || loadEndsAtS >= endS
      ? ''
      : `<line class="end" x1="${round(x(loadEndsAtS))}" x2="${round(x(loadEndsAtS))}" y1="${size.top}" y2="${size.height - size.bottom}"><title>end of the load</title></line>`
  const drawn = shown.map((line, i) => drawLine(line, { x, y, colour: i % palette }))
  const legend = shown.map(
    ({ name }, i) => `<span class="key"><i class="c${i % palette}"></i>${escapeText(name)}</span>`,
  )
  return [
    `<figure><figcaption>${escapeText(title)} <small>${escapeText(unit)}</small></figcaption>`,
    `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeText(title)}">`,
    ...grid,
    ...ticks,
    end,
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
  const at = thin(points).map(([atS, value]) => [round(of.x(atS)), round(of.y(value))] as const)
  const title = `<title>${escapeText(name)}</title>`
  if (isScattered) {
    const dots = at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2"/>`)
    return `<g class="dots c${of.colour}">${title}${dots.join('')}</g>`
  }
  return `<polyline class="line c${of.colour}" points="${at.map((pair) => pair.join(',')).join(' ')}">${title}</polyline>`
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
  return lines.reduce((max, { points }) => points.reduce((most, [, value]) => Math.max(most, value), max), 0)
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
  return String(round(value))
}

function formatTime(atS: number): string {
  if (atS >= 7_200) return `${round(atS / 3_600)} h`
  return atS >= 180 ? `${round(atS / 60)} min` : `${round(atS)} s`
}

const round = (value: number) => Math.round(value * 100) / 100

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
