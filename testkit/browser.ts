// A real Chromium, and what tests ask of every page in it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'

/** How somebody looks at a page. */
export interface Look {
  readonly widthPx: number
  readonly colorScheme: 'light' | 'dark'
}

/** A phone and a desk, by day and by night. */
export const looks: readonly Look[] = [390, 1_280].flatMap((widthPx) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ widthPx, colorScheme })),
)

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Addresses beyond this machine that were asked for; none was reached. */
  readonly foreign: readonly string[]
  /** Errors of scripts, and what the content security policy refused. */
  readonly errors: readonly string[]
}

const actionTimeoutMs = 15_000

/** `path` is that of the program. Close it after use. */
export function openBrowser(path: string): Promise<Browser> {
  // As root, as in most containers, Chromium runs without its sandbox only: it opens no page but ours.
  return chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** A new person at a new device, without cookies; in UTC, for which no page loads twice. */
export async function visit(browser: Browser, { widthPx, colorScheme }: Look): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: widthPx, height: widthPx < 600 ? 844 : 900 },
    ...{ colorScheme, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' },
  })
  context.setDefaultTimeout(actionTimeoutMs)
  const foreign: string[] = []
  const errors: string[] = []
  await context.route(
    (url) => !isOfThisMachine(url),
    (route) => {
      foreign.push(route.request().url())
      return route.abort()
    },
  )
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) errors.push(message.text())
  })
  return { context, page, foreign, errors }
}

function isOfThisMachine({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'data:' || protocol === 'blob:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  )
}

const mostTabs = 80

/** Presses Tab until the element has the focus, and then the key. Rejects where the keyboard does not reach it. */
export async function pressAt(target: Locator, key: 'Enter' | 'Space'): Promise<void> {
  const { keyboard } = target.page()
  for (let tabs = 0; tabs < mostTabs; tabs++) {
    await keyboard.press('Tab')
    if (await target.evaluate((element) => element === document.activeElement)) return keyboard.press(key)
  }
  throw new Error(`the keyboard does not reach ${target}`)
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong with the page: `'color-contrast: <a class="quiet">…'`. All its rules, unless some are named. */
export async function violations(page: Page, only: readonly string[] = []): Promise<readonly string[]> {
  // As text that is evaluated from outside the page, where its content security policy does not apply.
  await page.evaluate(axe)
  return page.evaluate(
    async (rules) => {
      const { axe } = globalThis as unknown as {
        axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      const found = await axe.run(rules.length > 0 ? { runOnly: [...rules] } : {})
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
      )
    },
    [...only],
  )
}
