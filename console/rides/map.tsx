// The way of a ride, drawn by ourselves: no map is loaded, so nobody learns where a rider was.
import type { Streams } from '../answers.ts'
import { number } from '../format.ts'
import { type Projection, pathOf, project, projectionOf, runsOf, scaleBar } from './track.ts'

const size = { width: 720, height: 520, margin: 56 }
/** On a phone a unit is half a pixel. */
const leastUnits = 3

export function RideMap({ streams }: { readonly streams: Streams }) {
  const runs = runsOf(streams)
  const places = runs.flat()
  const projection = projectionOf(places, size)
  const [start, end] = [places[0], places.at(-1)]
  if (projection === undefined || start === undefined || end === undefined)
    return (
      <section class="card">
        <h2>The way</h2>
        <p class="none">A map is not available: no position was recorded.</p>
      </section>
    )
  const paths = runs.map((run) => pathOf(run, projection, leastUnits))
  const [startX, startY] = project(projection, start)
  const [endX, endY] = project(projection, end)
  return (
    <figure class="card map">
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label="The way of the ride, north up"
        data-part="map"
        data-projection={JSON.stringify(projection)}
      >
        <Squares projection={projection} />
        <g class="casing">{lines(paths)}</g>
        <g class="track">{lines(paths)}</g>
        <circle class="start" cx={startX} cy={startY} r="11" />
        <rect class="end" x={endX - 10} y={endY - 10} width="20" height="20" rx="4" />
        <circle class="here" r="13" data-part="here" visibility="hidden" />
        <Scale projection={projection} />
        <g class="north" transform={`translate(${size.width - 44} 44)`}>
          <path d="M0-24L11 10 0 3-11 10Z" />
          <text y="32">N</text>
        </g>
      </svg>
      <figcaption class="legend">
        <span>
          <svg class="key" viewBox="0 0 24 24" aria-hidden="true">
            <circle class="start" cx="12" cy="12" r="9" />
          </svg>
          Start
        </span>
        <span>
          <svg class="key" viewBox="0 0 24 24" aria-hidden="true">
            <rect class="end" x="4" y="4" width="16" height="16" rx="4" />
          </svg>
          End
        </span>
        {runs.length > 1 && <span>Where the line is broken, no position was recorded.</span>}
      </figcaption>
    </figure>
  )
}

const lines = (paths: readonly string[]) => paths.map((path) => <path d={path} />)

const barUnits = 190
const textOf = (metres: number) => (metres < 1_000 ? `${number(metres)} m` : `${number(metres / 1_000)} km`)

function Scale({ projection }: { readonly projection: Projection }) {
  const { metres, units } = scaleBar(projection, barUnits)
  return (
    <g class="scale" transform={`translate(28 ${size.height - 28})`}>
      <path d={`M0-8V0H${units.toFixed(1)}V-8`} />
      <text x="2" y="-14">
        {textOf(metres)}
      </text>
    </g>
  )
}

/** Lines as far apart as the scale is long. */
function Squares({ projection }: { readonly projection: Projection }) {
  const { units } = scaleBar(projection, barUnits)
  const along = (length: number) =>
    Array.from({ length: Math.ceil(length / units) }, (_, index) => ((length / 2) % units) + index * units)
  const across = along(size.width).map((x) => `M${x.toFixed(1)} 0V${size.height}`)
  const down = along(size.height).map((y) => `M0 ${y.toFixed(1)}H${size.width}`)
  return <path class="squares" d={[...across, ...down].join('')} />
}
