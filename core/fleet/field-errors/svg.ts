// The few elements of SVG that the chart is made of. Pure.

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

type Point = readonly [x: number, y: number]

export function line([x1, y1]: Point, [x2, y2]: Point, style: string): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" ${style}/>`
}

export function text([x, y]: Point, content: string, style = ''): string {
  return `<text x="${px(x)}" y="${px(y)}" ${style}>${escaped(content)}</text>`
}

/** A tenth of a pixel is fine enough. */
export const px = (value: number) => String(Math.round(value * 10) / 10)

/** What XML has no character for is left out. */
const noCharacter = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

export function escaped(content: string): string {
  return content
    .replace(noCharacter, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
