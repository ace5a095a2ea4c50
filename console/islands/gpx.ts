// A route from a GPX file, read in the browser: the file goes nowhere.

/** `[longitude, latitude]`, and the height in metres where the file has one. */
export type Position =
  | [longitude: number, latitude: number]
  | [longitude: number, latitude: number, heightM: number]

export type Route =
  | { readonly name: string | undefined; readonly positions: readonly Position[] }
  | { readonly fault: string }

export const mostBytes = 5_000_000
/** Of a route that is sent; the API takes 10,000. */
const mostPositions = 5_000

/** The points of all tracks in order, else those of the first route. */
export function readGpx(text: string): Route {
  const document = new DOMParser().parseFromString(text, 'text/xml')
  if (document.querySelector('parsererror') !== null)
    return { fault: 'This file is damaged, or it is no GPX: it cannot be read as XML.' }
  if (document.documentElement.localName !== 'gpx') return { fault: 'This is no GPX file.' }
  const tracked = [...document.getElementsByTagNameNS('*', 'trkpt')]
  const points = tracked.length > 0 ? tracked : [...document.getElementsByTagNameNS('*', 'rtept')]
  if (points.length < 2) return { fault: 'This GPX has no track and no route in it.' }
  const positions = points.map(positionOf)
  const broken = positions.indexOf(undefined)
  if (broken >= 0) return { fault: `Point ${broken + 1} of this GPX has no place on the earth.` }
  const name = document.getElementsByTagNameNS('*', 'name')[0]?.textContent?.trim()
  return { name: name || undefined, positions: thinned(positions as Position[]) }
}

function positionOf(point: Element): Position | undefined {
  const number = (word: string | null | undefined) => (word?.trim() ? Number(word) : Number.NaN)
  const [longitude, latitude] = [number(point.getAttribute('lon')), number(point.getAttribute('lat'))]
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined
  const heightM = number(point.getElementsByTagNameNS('*', 'ele')[0]?.textContent)
  return Number.isFinite(heightM) ? [longitude, latitude, heightM] : [longitude, latitude]
}

/** Evenly, the first and the last one among them: `thinned([1, 2, 3, 4, 5], 3)` → `[1, 3, 5]` */
export function thinned<Item>(items: readonly Item[], most = mostPositions): readonly Item[] {
  if (items.length <= most) return items
  return Array.from(
    { length: most },
    (_, index) => items[Math.round((index * (items.length - 1)) / (most - 1))] as Item,
  )
}
