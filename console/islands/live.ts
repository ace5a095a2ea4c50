// Keeps the charge and presence of the bikes on a page up to date.

/** As the API tells a bike's state. */
interface State {
  readonly presence?: { readonly online?: boolean } | null
  readonly groups?: { readonly battery?: { readonly values?: { readonly state_of_charge_pct?: unknown } } }
}

/** `isNews`: the state has changed since the page was opened. */
function show(card: HTMLElement, { presence, groups }: State, isNews: boolean): void {
  const part = (name: string) => card.querySelector(`[data-live="${name}"]`)
  const seen = part('seen')
  const [was, is] = [seen?.classList.contains('online'), presence?.online === true]
  if (seen !== null && (was !== is || isNews)) {
    seen.textContent = is ? 'Connected now' : 'Last seen just now'
    seen.classList.toggle('online', is)
  }
  const charge = groups?.battery?.values?.state_of_charge_pct
  if (typeof charge !== 'number' || !(charge >= 0 && charge <= 100)) return
  const shown = part('charge')
  if (shown !== null) shown.textContent = charge.toFixed(0)
  part('lacking')?.remove()
  const bar = part('bar')
  bar?.setAttribute('width', String(charge))
  bar?.closest('svg')?.classList.toggle('low', charge < 20)
}

const againAfterMs = 60_000

/** A stream that ended comes back by itself; one that was refused is tried again after a minute. */
function follow(card: HTMLElement): void {
  const events = new EventSource(`/live/${card.dataset.bike}`)
  let isNews = false
  events.addEventListener('state', ({ data }) => {
    show(card, JSON.parse(data) as State, isNews)
    isNews = true
  })
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => follow(card), againAfterMs)
  })
}

for (const card of document.querySelectorAll<HTMLElement>('[data-bike]')) follow(card)

export {}
