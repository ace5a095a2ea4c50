// Takes a GPX that is dropped on the page or chosen, and asks how long its way takes.
import { mostBytes, readGpx } from './gpx.ts'

const form = document.querySelector<HTMLFormElement>('form.plan')

function begin(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[type="file"]')
  const result = document.querySelector<HTMLElement>('[data-part="result"]')
  const drop = form.querySelector<HTMLElement>('.drop')
  if (input === null || result === null || drop === null) return
  drop.hidden = false
  /** A later question overtakes an earlier one. */
  let latest = 0

  const say = (sentence: string) => {
    const note = document.createElement('p')
    note.className = 'note'
    note.textContent = sentence
    result.replaceChildren(note)
  }

  const ask = async () => {
    const mine = ++latest
    const [file] = input.files ?? []
    if (file === undefined) return
    if (file.size > mostBytes) return say('This file is larger than 5 MB.')
    const route = readGpx(await file.text().catch(() => ''))
    if (mine !== latest) return
    if ('fault' in route) return say(route.fault)
    say('Estimating …')
    const fields = Object.fromEntries(new FormData(form))
    const body = JSON.stringify({
      ...{ bikeId: fields.bikeId, level: fields.level, temperature: fields.temperature },
      ...{ name: route.name ?? file.name, positions: route.positions },
    })
    const answer = await fetch('/plan', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
      .then((response) => (response.status === 401 ? undefined : response.text()))
      .catch(() => undefined)
    if (mine !== latest) return
    if (answer === undefined)
      return say('The estimate cannot be had at the moment. Reload the page, and try again.')
    // Rendered by the console, which escapes whatever is foreign.
    const page = new DOMParser().parseFromString(answer, 'text/html')
    result.replaceChildren(...page.body.childNodes)
    result.focus()
  }

  form.addEventListener('change', ask)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (input.files?.length === 0) say('Choose a GPX file first.')
    void ask()
  })
  for (const type of ['dragenter', 'dragover'] as const)
    form.addEventListener(type, (event) => {
      event.preventDefault()
      drop.classList.add('over')
    })
  form.addEventListener('dragleave', () => drop.classList.remove('over'))
  form.addEventListener('drop', (event) => {
    event.preventDefault()
    drop.classList.remove('over')
    const files = event.dataTransfer?.files
    if (files === undefined || files.length === 0) return say('That was no file.')
    input.files = files
    void ask()
  })
}

if (form !== null) begin(form)
