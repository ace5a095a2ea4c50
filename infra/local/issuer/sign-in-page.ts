// The page that asks who signs in: whoever one likes, since this issuer is for development.
import { demonstration } from '../demonstration.ts'
import { type AuthorizationRequest, formOf } from './authorization.ts'

interface SignInPage {
  readonly request: AuthorizationRequest
  /** Why the last answer would not do. */
  readonly fault?: string | undefined
}

export function signInPage({ request, fault }: SignInPage): string {
  const hidden = Object.entries(formOf(request))
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
    .join('')
  const described = fault === undefined ? '' : 'aria-invalid="true" aria-describedby="fault" autofocus'
  return page(
    'Sign in',
    `
<p>This issuer is for development: it knows no passwords and believes everybody.</p>
<form method="post" action="/authorize">${hidden}
  <button class="first" name="subject" value="${demonstration.rider}">Sign in as the demonstration rider</button>
</form>
<form method="post" action="/authorize">${hidden}
  <label for="subject">Another rider’s id</label>
  <input id="subject" name="subject" autocomplete="username" autocapitalize="none" spellcheck="false" ${described}>
  ${fault === undefined ? '' : `<p id="fault" class="fault">${escaped(fault)}</p>`}
  <button>Sign in as this rider</button>
</form>
<form method="post" action="/authorize">${hidden}
  <button name="decision" value="cancel">Cancel</button>
</form>`,
  )
}

export const faultPage = (fault: string): string =>
  page(
    'This sign-in cannot go on',
    `<p>${escaped(fault)}</p>
<p>Go back to the application and try again from there.</p>`,
  )

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title} · development issuer</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>${body}
</main>
</body>
</html>
`

const style = `
:root { color-scheme: light dark; --ground: #f4f6f4; --card: #fff; --ink: #16201b; --line: #6d7a73; --accent: #0b6b4f; --on-accent: #fff; --fault: #a3161f }
@media (prefers-color-scheme: dark) {
  :root { --ground: #10150f; --card: #1a211c; --ink: #eef3ef; --line: #8b9891; --accent: #5fd3a4; --on-accent: #06231a; --fault: #ff9c9c }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 26rem; margin: 8vh auto; padding: 1.5rem; background: var(--card); border-radius: 1rem }
h1 { margin: 0 0 .5rem; font-size: 1.5rem }
form { margin-top: 1.25rem }
label { display: block; font-weight: 600 }
input, button { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .6rem; font: inherit; color: inherit; background: transparent }
label + input { margin: .25rem 0 .5rem }
button { font-weight: 600; cursor: pointer }
button.first { background: var(--accent); border-color: var(--accent); color: var(--on-accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.fault { margin: 0 0 .5rem; color: var(--fault) }
`

const entities: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' },
}
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)
