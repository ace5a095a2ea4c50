// One panel of the chart: an axis, and the rate of each group with its interval. Pure.
import type { FieldErrorGroup, Rate } from './field-errors.ts'
import { linearScale, type Scale, type Span } from './scale.ts'
import { circle, color, end, line, middle, shape, soft, text } from './svg.ts'
import { figure } from './words.ts'

export interface Panel {
  readonly title: string
  readonly span: Span
  readonly rateOf: (group: FieldErrorGroup) => Rate | undefined
  /** Of all groups together, as a line. */
  readonly mean?: number | undefined
}

export interface Rows {
  readonly top: number
  readonly height: number
  readonly groups: readonly FieldErrorGroup[]
}

const small = 'font-size="11"'
/** Affected bikes from which on a rate has a say in the length of the axis. */
const tellingCount = 3

export function drawPanel({ title, span, rateOf, mean }: Panel, { top, height, groups }: Rows): string {
  const scale = linearScale(reach(groups, rateOf), span)
  const [above, bottom] = [top - 4, top + groups.length * height]
  const grid = scale.ticks.flatMap((tick) => [
    line([scale.at(tick), above], [scale.at(tick), bottom], `stroke="${color.line}"`),
    text([scale.at(tick), top - 12], scale.label(tick), `${soft} ${small} ${middle}`),
  ])
  const rates = groups.map((group, index) =>
    drawRate(rateOf(group), scale, { y: top + (index + 0.5) * height, outlier: group.outlier }),
  )
  return [
    text([span.x, top - 44], title, 'font-weight="600"'),
    ...grid,
    ...(mean === undefined ? [] : drawMean(mean, scale, { above, bottom })),
    ...rates,
  ].join('\n')
}

/** Groups that say little do not press the others together: what goes beyond the axis is an arrow. */
function reach(groups: readonly FieldErrorGroup[], rateOf: Panel['rateOf']): number {
  const telling = groups.filter(({ group, affected }) => group !== undefined && affected >= tellingCount)
  const rates = (telling.length > 0 ? telling : groups).flatMap((group) => rateOf(group) ?? [])
  const highest = Math.max(0, ...rates.map(({ rate }) => rate))
  const widest = Math.max(0, ...rates.map(({ until }) => until))
  return highest > 0 ? Math.min(widest, highest * 1.5) : widest
}

function drawMean(mean: number, scale: Scale, { above, bottom }: { above: number; bottom: number }) {
  const style = `stroke="${color.soft}" stroke-dasharray="4 3"`
  return [
    line([scale.at(mean), above], [scale.at(mean), bottom + 4], style),
    text([scale.at(mean), bottom + 18], `all: ${figure(mean)}`, `${soft} ${small} ${middle}`),
  ]
}

function drawRate(rate: Rate | undefined, scale: Scale, { y, outlier }: { y: number; outlier: boolean }) {
  if (rate === undefined) return ''
  const fill = outlier ? color.bad : color.dot
  const stroke = `stroke="${fill}" stroke-width="${outlier ? 2 : 1.5}"`
  const cap = (x: number) => line([x, y - 4], [x, y + 4], stroke)
  const [from, until, at] = [scale.at(rate.from), scale.at(rate.until), scale.at(rate.rate)]
  const style = `fill="${fill}"`
  const tip = rate.until > scale.end ? shape([until, y - 4], 'l7 4l-7 4', style) : cap(until)
  const dot = outlier ? shape([at, y - 6], 'l6 6l-6 6l-6 -6', style) : circle([at, y], 4, style)
  const beyond = text([until - 8, y - 4], figure(rate.rate), `${style} ${small} ${end}`)
  return [line([from, y], [until, y], stroke), cap(from), tip, rate.rate > scale.end ? beyond : dot].join('')
}
