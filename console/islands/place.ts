// Chooses a private place on the map of a ride, and shows its circle there.
import { type Place, type Projection, project } from '../rides/track.ts'

const form = document.querySelector<HTMLFormElement>('form.places')
const part = <Kind extends Element>(name: string) =>
  form?.querySelector<Kind>(`[data-part="${name}"]`) ?? undefined

function begin(form: HTMLFormElement): void {
  const range = form.elements.namedItem('radius') as HTMLInputElement
  const [latitude, longitude] = ['latitude', 'longitude'].map(
    (name) => form.elements.namedItem(name) as HTMLInputElement,
  )
  const map = part<SVGSVGElement>('map')
  const other = part<HTMLInputElement>('other')
  const output = part<HTMLOutputElement>('radius')
  const circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle')
  circle.setAttribute('class', 'private')
  const projection = JSON.parse(map?.dataset.projection ?? 'null') as Projection | null

  const chosen = (): Place | undefined => {
    const at = new FormData(form).get('at')
    const words = typeof at === 'string' && at !== '' ? at.split(',') : [latitude?.value, longitude?.value]
    const [latitudeDeg = Number.NaN, longitudeDeg = Number.NaN] = words.map((word) =>
      word ? Number(word) : Number.NaN,
    )
    return Number.isFinite(latitudeDeg) && Number.isFinite(longitudeDeg)
      ? { latitudeDeg, longitudeDeg }
      : undefined
  }

  const show = () => {
    if (output !== undefined) output.textContent = `${Number(range.value).toLocaleString('en-GB')} m`
    if (projection === null) return
    const place = chosen()
    circle.setAttribute('visibility', place === undefined ? 'hidden' : 'visible')
    if (place === undefined) return
    const [x, y] = project(projection, place)
    circle.setAttribute('cx', String(x))
    circle.setAttribute('cy', String(y))
    circle.setAttribute('r', String(Number(range.value) * projection.unitsPerMetre))
  }

  form.addEventListener('input', ({ target }) => {
    if (other !== undefined && (target === latitude || target === longitude)) other.checked = true
    show()
  })
  if (map !== undefined && projection !== null) {
    map.append(circle)
    map.classList.add('pick')
    part<HTMLElement>('hint')?.removeAttribute('hidden')
    map.addEventListener('click', (event) => {
      const matrix = map.getScreenCTM()?.inverse()
      if (matrix === undefined || !latitude || !longitude) return
      const place = placeOf(projection, new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix))
      latitude.value = place.latitudeDeg.toFixed(5)
      longitude.value = place.longitudeDeg.toFixed(5)
      if (other !== undefined) other.checked = true
      show()
    })
  }
  show()
}

/** The way back from the picture: it is even, so two places tell how long a degree is. */
function placeOf(projection: Projection, { x, y }: { readonly x: number; readonly y: number }): Place {
  const { latitudeDeg, longitudeDeg } = projection.middle
  const step = 0.001
  const [x0, y0] = project(projection, { latitudeDeg, longitudeDeg })
  const [x1, y1] = project(projection, { latitudeDeg: latitudeDeg + step, longitudeDeg: longitudeDeg + step })
  return {
    latitudeDeg: latitudeDeg + ((y - y0) / (y1 - y0)) * step,
    longitudeDeg: longitudeDeg + ((x - x0) / (x1 - x0)) * step,
  }
}

if (form !== null) begin(form)
