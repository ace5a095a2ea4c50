// Field errors as an SVG chart: a row a group, its rates with their intervals, and what stands out. Pure.
import { drawPanel } from './chart-panel.ts'
import type { FieldErrorGroup, FieldErrors } from './field-errors.ts'
import { color, end, escaped, soft, text } from './svg.ts'
import { countingRule, groupName, probability, scopeOf, testOf, titleOf, whole } from './words.ts'

/** More are counted, not drawn. */
const maxRows = 60
const rowHeight = 24
const top = 132
const below = 86
const width = 1_120
const margin = 24
const numbers = { bikes: 268, km: 342, affected: 408, faults: 466 } as const
const numberNames = ['bikes', 'km', 'affected', 'faults'] as const
const note = `${soft} font-size="12"`
const reading = `Dots are rates, bars 95 % intervals (Garwood, Clopper–Pearson), arrows go on beyond the axis. ${countingRule}`

export function fieldErrorChart(errors: FieldErrors): string {
  const groups = drawnOf(errors.groups)
  const rows = { top, height: rowHeight, groups }
  const bottom = top + groups.length * rowHeight
  const height = bottom + below
  const undrawn = errors.groups.length - groups.length
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="${color.ink}" role="img">`,
    `<title>${escaped(titleOf(errors))}</title><desc>${escaped(scopeOf(errors))}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text([margin, 36], titleOf(errors), 'font-size="20" font-weight="600"'),
    text([margin, 58], scopeOf(errors), soft),
    ...numberNames.map((name) => text([numbers[name], top - 12], name, `${soft} ${end}`)),
    ...groups.map((group, index) => drawFacts(group, top + index * rowHeight)),
    drawPanel(
      {
        title: 'Affected bikes per 1,000 km',
        span: { x: 496, width: 240 },
        rateOf: (group) => group.affectedPer1000Km,
        mean: errors.affectedPer1000Km?.rate,
      },
      rows,
    ),
    drawPanel(
      {
        title: 'Affected per 1,000 bikes',
        span: { x: 776, width: 200 },
        rateOf: (group) => group.affectedPer1000Bikes,
      },
      rows,
    ),
    ...(groups.length === 0 ? [text([margin, top + 4], 'Too few bikes, or nobody consents.', soft)] : []),
    ...(undrawn > 0 ? [text([margin, bottom + 34], `and ${undrawn} more groups`, note)] : []),
    text([margin, bottom + 54], testOf(errors), note),
    text([margin, bottom + 72], reading, note),
    '</svg>\n',
  ].join('\n')
}

/** Those that stand out, then those with the highest rates; in the order given. */
function drawnOf(groups: readonly FieldErrorGroup[]): readonly FieldErrorGroup[] {
  const ranked = [...groups].sort((a, b) => Number(b.outlier) - Number(a.outlier))
  const drawn = new Set(ranked.slice(0, maxRows))
  return groups.filter((group) => drawn.has(group))
}

function drawFacts(group: FieldErrorGroup, y: number): string {
  const base = y + rowHeight / 2 + 4
  const strong = `fill="${color.bad}" font-weight="600"`
  const counts = numberNames.map((name) => text([numbers[name], base], whole(group[name]), end))
  const name = shortened(groupName(group))
  if (!group.outlier) return [text([margin, base], name), ...counts].join('\n')
  const mark = `▲ p = ${probability(group.adjustedPValue ?? 1)}`
  return [
    `<rect x="12" y="${y}" width="${width - 24}" height="${rowHeight}" fill="${color.band}"/>`,
    text([margin, base], name, strong),
    ...counts,
    text([width - margin, base], mark, `${strong} ${end}`),
  ].join('\n')
}

function shortened(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name
}
