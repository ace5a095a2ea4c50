// The charts of a ride, with one cursor that also moves a dot on the map.
import uPlot from 'uplot'
import { charted, rowAt, valueAt } from '../rides/moments.ts'
import { type Projection, placeAt, project, type Rows } from '../rides/track.ts'
import type { Column, Part } from './streams.ts'

/** Lets the browser answer the rider between two pieces of work. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

const part = <Kind extends Element>(way: HTMLElement, name: string): Kind | null =>
  way.querySelector<Kind>(`[data-part="${name}"]`)

async function begin(way: HTMLElement): Promise<void> {
  const box = part<HTMLElement>(way, 'charts')
  const range = part<HTMLElement>(way, 'cursor')?.querySelector('input')
  if (box === null || !range) return
  let shown = await show(way, { box, range, resolution: 'medium' })
  const all = part<HTMLButtonElement>(way, 'all')
  if (shown === undefined || all === null) return
  all.hidden = false
  all.addEventListener('click', async () => {
    all.disabled = true
    all.textContent = 'Loading …'
    const finer = await show(way, { box, range, resolution: 'all' })
    if (finer !== undefined) {
      shown?.end()
      shown = finer
    }
    all.textContent = finer === undefined ? 'Not available now: try again' : 'Every sample is shown'
    all.disabled = finer !== undefined
  })
}

interface Shown {
  end(): void
}

interface Place {
  readonly box: HTMLElement
  readonly range: HTMLInputElement
  readonly resolution: 'medium' | 'all'
}

/** Undefined where it cannot be read. */
function read({ ride = '', reader = '' }: DOMStringMap, resolution: string): Promise<Rows | undefined> {
  const worker = new Worker(reader, { type: 'module' })
  const columns: Record<string, Column> = {}
  let head: Omit<Rows, 'columns'> | undefined
  return new Promise<Rows | undefined>((resolve) => {
    worker.addEventListener('error', () => resolve(undefined))
    worker.addEventListener('message', ({ data }: MessageEvent<Part>) => {
      if (data === 'failed') resolve(undefined)
      else if (data === 'end') resolve(head && { ...head, columns })
      else if ('metric' in data) columns[data.metric] = data.column
      else head = data
    })
    worker.postMessage(`/rides/${encodeURIComponent(ride)}/streams?resolution=${resolution}`)
  }).finally(() => worker.terminate())
}

/** Undefined where there is nothing to show; then what was shown stays. */
async function show(way: HTMLElement, { box, range, resolution }: Place): Promise<Shown | undefined> {
  const rows = await read(way.dataset, resolution)
  if (rows === undefined || rows.times.length === 0) return undefined
  await pause()
  const zone = way.dataset.zone ?? 'UTC'
  const cursor = createCursor(way, { rows, zone, range })
  const charts: uPlot[] = []
  const old = [...box.children]
  for (const [title, series] of Map.groupBy(charted, ({ chart }) => chart)) {
    const known = series.filter(({ metric }) =>
      rows.columns[metric]?.some((value) => typeof value === 'number'),
    )
    if (known.length === 0) continue
    const columns = known.map(({ metric }) => rows.columns[metric] ?? [])
    const figure = document.createElement('figure')
    const caption = document.createElement('figcaption')
    caption.append(title === known[0]?.name ? `${title}, ${known[0].unit}` : `${title}, ${known[0]?.unit}: `)
    if (known.length > 1) caption.append(...known.map(keyOf))
    figure.append(caption)
    box.append(figure)
    charts.push(
      createChart(figure, { data: [rows.times, ...columns], series: known, zone, onRow: cursor.show }),
    )
    await pause()
  }
  for (const each of old) each.remove()
  cursor.move(charts)
  const resized = new ResizeObserver(() => {
    for (const chart of charts) chart.setSize({ width: box.clientWidth, height: chart.height })
  })
  resized.observe(box)
  const recoloured = matchMedia('(prefers-color-scheme: dark)')
  const redraw = () => {
    for (const chart of charts) chart.redraw(false)
  }
  recoloured.addEventListener('change', redraw)
  return {
    end() {
      resized.disconnect()
      recoloured.removeEventListener('change', redraw)
      cursor.end()
      for (const chart of charts) chart.destroy()
    },
  }
}

function keyOf({ name, metric }: (typeof charted)[number]): HTMLElement {
  const key = document.createElement('span')
  key.className = `key-of ${metric}`
  key.textContent = name
  return key
}

interface ChartOf {
  readonly data: readonly [readonly number[], ...Column[]]
  readonly series: readonly (typeof charted)[number][]
  readonly zone: string
  onRow(row: number): void
}

const colour = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(name)
const chartHeight = 150

function createChart(box: HTMLElement, { data, series, zone, onRow }: ChartOf): uPlot {
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  const atMidnight = { hour: '2-digit', minute: '2-digit', timeZone: zone } as const
  const clock = new Intl.DateTimeFormat('en-GB', atMidnight)
  return new uPlot(
    {
      ...{ width: box.clientWidth, height: chartHeight },
      legend: { show: false },
      // Times are milliseconds.
      ms: 1,
      tzDate: (ms) => uPlot.tzDate(new Date(ms), zone),
      cursor: {
        sync: { key: 'ride' },
        drag: { x: true, y: false },
        y: false,
        points: { size: 8 },
      },
      hooks: {
        setCursor: [
          ({ cursor: { idx } }) => {
            if (idx !== null && idx !== undefined) onRow(idx)
          },
        ],
      },
      axes: [
        { ...axis, size: 28, values: (_, splits) => splits.map((ms) => clock.format(ms)) },
        { ...axis, size: 44 },
      ],
      series: [
        {},
        ...series.map(({ name, colour: of, metric }) => ({
          label: name,
          stroke: colour(of),
          width: 2,
          points: { show: false },
          ...(metric === 'altitude_m' && { fill: colour('--height-soft') }),
        })),
      ],
    },
    data as unknown as uPlot.AlignedData,
    box,
  )
}

interface CursorOf {
  readonly rows: Rows
  readonly zone: string
  readonly range: HTMLInputElement
}

/** The one cursor: it tells the values of its row, moves the dot and the slider, and the slider moves it. */
function createCursor(way: HTMLElement, { rows, zone, range }: CursorOf) {
  const { times } = rows
  const [firstMs = 0, lastMs = 0] = [times[0], times.at(-1)]
  const readout = part<HTMLElement>(way, 'readout')
  const dot = part<SVGElement>(way, 'here')
  const map = part<SVGElement>(way, 'map')
  const projection = JSON.parse(map?.dataset.projection ?? 'null') as Projection | null
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: zone })
  const gone = new AbortController()
  let charts: readonly uPlot[] = []
  let shownRow: number | undefined

  function show(row: number): void {
    // Each of the charts tells the same row.
    if (row === shownRow) return
    shownRow = row
    const values = charted.flatMap(({ metric, name, unit, digits }) => {
      const value = valueAt(rows, metric, row)
      return value === undefined ? [] : [`${name} ${value.toFixed(digits)} ${unit}`]
    })
    const timeMs = times[row] ?? firstMs
    const text = [clock.format(timeMs), ...values].join(' · ')
    if (readout !== null) readout.textContent = text
    range.setAttribute('aria-valuetext', text)
    range.value = String(Math.round(((timeMs - firstMs) / (lastMs - firstMs || 1)) * 1_000))
    const place = placeAt(rows, row)
    dot?.setAttribute('visibility', place === undefined ? 'hidden' : 'visible')
    if (place === undefined || projection === null) return
    const [x, y] = project(projection, place)
    dot?.setAttribute('cx', x.toFixed(1))
    dot?.setAttribute('cy', y.toFixed(1))
  }

  return {
    show,
    /** Begins at the first row. */
    move(all: readonly uPlot[]) {
      charts = all
      show(0)
      const label = range.closest('label')
      if (label !== null) label.hidden = false
      range.addEventListener(
        'input',
        () => {
          const row = rowAt(times, firstMs + (Number(range.value) / 1_000) * (lastMs - firstMs))
          show(row)
          for (const chart of charts)
            chart.setCursor({ left: chart.valToPos(times[row] ?? firstMs, 'x'), top: 10 }, false)
        },
        { signal: gone.signal },
      )
    },
    end: () => gone.abort(),
  }
}

const way = document.querySelector<HTMLElement>('[data-ride]')
if (way !== null) void begin(way)
