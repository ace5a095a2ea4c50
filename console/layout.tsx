// The frame of every page: head, navigation, content, foot.
import type { Context } from 'hono'
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { assets, island } from './assets.ts'
import { Icon, type IconName } from './icons.tsx'
import type { ConsoleEnv, Session } from './port.ts'

const areas = [
  { name: 'Bikes', path: '/', icon: 'bike' },
  { name: 'Rides', path: '/rides', icon: 'route' },
  { name: 'Sharing', path: '/sharing', icon: 'share' },
  { name: 'My data', path: '/my-data', icon: 'data' },
  { name: 'Account', path: '/account', icon: 'person' },
] as const satisfies readonly { name: string; path: string; icon: IconName }[]
type Area = (typeof areas)[number]['name']

const homes = {
  riders: { path: '/', foot: 'Your rides belong to you.' },
  researchers: { path: '/research', foot: 'Riders lent you their rides: forget those of who withdraws.' },
} as const

export interface Page {
  readonly title: string
  /** Where in the navigation it stands; nowhere where it is absent. */
  readonly area?: Area
  /** Riders unless it is told. */
  readonly audience?: 'riders' | 'researchers'
  /** Names of files in islands/. */
  readonly islands?: readonly string[]
  readonly charts?: boolean
  readonly status?: 200 | 400 | 403 | 404 | 409 | 413 | 422 | 429 | 503 | undefined
}

const doctype = raw('<!doctype html>')

/** Answers with a page. Without a session it has no navigation. */
export function showPage(c: Context<ConsoleEnv>, page: Page, content: Child): Response | Promise<Response> {
  const session = c.get('session') as Session | undefined
  const zone = c.get('zone') as string | undefined
  return c.html(
    <>
      {doctype}
      <Frame {...page} {...{ session, zone }}>
        {content}
      </Frame>
    </>,
    page.status ?? 200,
  )
}

interface FrameProps extends Page {
  readonly session: Session | undefined
  readonly zone: string | undefined
  readonly children?: Child
}

function Frame({ audience = 'riders', islands = [], charts = false, ...props }: FrameProps) {
  const { title, area, session, zone, children } = props
  return (
    <html lang="en" data-zone={zone}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · Micro-mobility cloud`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#f3f5f0" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#0e1412" media="(prefers-color-scheme: dark)" />
        <link rel="icon" href={assets.icon.address} type="image/svg+xml" />
        {charts && <link rel="stylesheet" href={assets.chartStyle.address} />}
        <link rel="stylesheet" href={assets.style.address} />
        {['zone', ...islands].map((name) => (
          <script type="module" src={island(name).address} />
        ))}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header class="top">
          <a class="brand" href={homes[audience].path}>
            <img src={assets.icon.address} width="28" height="28" alt="" />
            <span>Micro-mobility cloud</span>
          </a>
          {session && <Navigation area={area} />}
        </header>
        <main id="content" tabindex={-1}>
          {children}
        </main>
        <footer class="foot">
          <p>{homes[audience].foot} Nothing on these pages is loaded from anywhere else.</p>
          {zone && <p>Times are those of {zone.replaceAll('_', ' ')}.</p>}
        </footer>
      </body>
    </html>
  )
}

function Navigation({ area }: { readonly area: Area | undefined }) {
  return (
    <nav class="areas" aria-label="Main">
      <ul>
        {areas.map(({ name, path, icon }) => (
          <li>
            <a href={path} aria-current={name === area ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{name}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
