// A button that waits for the touch of a hardware key, and sends what the key answered.
const form = document.querySelector<HTMLFormElement>('form[data-key]')

/** What went wrong, by the name of the browser's error. */
const words: Readonly<Record<string, string>> = {
  InvalidStateError: 'This key is registered already: sign in with it, or take another one.',
  NotAllowedError: 'Nobody touched the key, or the browser refused. Try again.',
  NotSupportedError: 'This key cannot do what is asked for. Take another one.',
  SecurityError: 'The address of this page is not the one to which keys are bound.',
}

async function touch(form: HTMLFormElement): Promise<string> {
  const options = JSON.parse(form.dataset.options ?? '{}')
  const credential =
    form.dataset.key === 'create'
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
        })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
        })
  return JSON.stringify((credential as PublicKeyCredential).toJSON())
}

function begin(form: HTMLFormElement): void {
  const answer = form.elements.namedItem('answer') as HTMLInputElement
  const button = form.querySelector('button')
  const status = form.querySelector('[role="status"]')
  const say = (text: string) => {
    if (status !== null) status.textContent = text
  }
  if (typeof globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON !== 'function') {
    say('This browser cannot use hardware keys here. Take a newer one.')
    return
  }
  if (button !== null) button.disabled = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (button !== null) button.disabled = true
    say('Touch your key now.')
    touch(form).then(
      (said) => {
        answer.value = said
        form.submit()
      },
      (error: unknown) => {
        if (button !== null) button.disabled = false
        button?.focus()
        say(words[(error as { name?: string }).name ?? ''] ?? 'The key did not answer. Try again.')
      },
    )
  })
}

if (form !== null) begin(form)

export {}
