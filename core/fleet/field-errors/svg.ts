// The few elements of SVG that charts are made of, here and in the reports of load tests. Pure.

export const color = {
  ink: '#1d2733',
  soft: '#5b6775',
  line: '#d9dee4',
  dot: '#2f6690',
  bad: '#b3261e',
  band: '#fbeceb',
}
export const soft = `fill="${color.soft}"`
export const end = 'text-anchor="end"'
export const middle = 'text-anchor="middle"'

export type Point = readonly [x: number, y: number]

/** `line([0, 1], [2.04, 3], 'class="grid"')` → `<line x1="0" y1="1" x2="2" y2="3" class="grid"/>`. */
export function line([x1, y1]: Point, [x2, y2]: Point, style: string): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" ${style}/>`
}

export function polyline(points: readonly Point[], style: string, title: string): string {
  const corners = points.map(([x, y]) => `${px(x)},${px(y)}`).join(' ')
  return `<polyline points="${corners}" ${style}><title>${escaped(title)}</title></polyline>`
}

export function circle([cx, cy]: Point, radius: number, style = ''): string {
  return `<circle cx="${px(cx)}" cy="${px(cy)}" r="${radius}" ${style}/>`
}

/** A closed shape: where it begins, then its corners, each from the one before: `l7 4l-7 4`. */
export function shape([x, y]: Point, corners: string, style: string): string {
  return `<path d="M${px(x)} ${px(y)}${corners}z" ${style}/>`
}

/** `text([0, 1], 'a < b')` → `<text x="0" y="1" >a &lt; b</text>`. */
export function text([x, y]: Point, content: string, style = ''): string {
  return `<text x="${px(x)}" y="${px(y)}" ${style}>${escaped(content)}</text>`
}

/** A tenth of a pixel is fine enough. */
const px = (value: number) => String(Math.round(value * 10) / 10)

/** Characters that XML has not; they are left out. */
const noCharacter = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/** For text and for values of attributes, of XML and of HTML. */
export function escaped(content: string): string {
  return content
    .replace(noCharacter, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
