// Reads a ride's streams in a worker: to parse a hundred thousand rows would hold the page up. What it reads goes to the page part by part,
// so that no part takes long.
import type { Rows } from '../rides/track.ts'

/** To charts null is a gap, and undefined a row in which other metrics were measured: a line goes on over it. */
export type Column = readonly (number | null | undefined)[]
export type Part =
  | Omit<Rows, 'columns'>
  | { readonly metric: string; readonly column: Column }
  | 'end'
  | 'failed'

const tell = (part: Part) => postMessage(part)

addEventListener('message', async ({ data: address }: MessageEvent<string>) => {
  try {
    const response = await fetch(address)
    if (!response.ok) return tell('failed')
    const { columns, ...head } = (await response.json()) as Rows
    tell(head)
    const all = Object.values(columns)
    const gaps = head.times.map((_, row) => all.every((column) => typeof column?.[row] !== 'number'))
    for (const [metric, column = []] of Object.entries(columns))
      tell({ metric, column: gaps.map((isGap, row) => column[row] ?? (isGap ? null : undefined)) })
    tell('end')
  } catch {
    tell('failed')
  }
})
