// The pages in a real browser, before the fake API: what they look like to axe, to a keyboard, and to a hundred thousand samples.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { looks, openBrowser, violations, visit } from '../../testkit/browser.ts'
import { serveTestConsole } from '../testing/console.ts'
import { bikeIds } from '../testing/fake-api.ts'

const [phone] = looks as [(typeof looks)[number]]
let browser: Browser
let url: string
let stop: () => void

beforeAll(async () => {
  ;({ url, close: stop } = await serveTestConsole())
  browser = await openBrowser(inject('chromium'))
})
afterAll(async () => {
  await browser.close()
  stop()
})

const paths = ['/', `/bikes/${bikeIds[0]}?level=3`, '/rides', '/rides/ride-1', '/nowhere']
const charts = (page: Page) => page.locator('canvas').nth(3)
const readout = (page: Page) => page.locator('[data-part="readout"]').textContent()
const dot = (page: Page) => page.locator('[data-part="here"]').getAttribute('cx')

test.each(looks)(
  'every page is accessible, fits the screen and loads from nowhere else: %o',
  async (look) => {
    const { context, page, foreign, errors } = await visit(browser, look)
    for (const path of paths) {
      await page.goto(`${url}${path}`)
      if (path === '/rides/ride-1') await charts(page).waitFor()
      for (const summary of await page.locator('summary').all()) await summary.click()
      expect(await violations(page), path).toEqual([])
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(wider, path).toBeLessThanOrEqual(0)
    }
    expect(foreign).toEqual([])
    expect(errors).toEqual([])
    await context.close()
  },
)

test('the charge of a bike moves while the page is open', async () => {
  const { context, page } = await visit(browser, phone)
  await page.goto(`${url}/`)
  await page.locator('[data-live="charge"]', { hasText: '81' }).first().waitFor()
  expect(await page.locator('[data-live="bar"]').first().getAttribute('width')).toBe('81')
  await context.close()
})

test('by keyboard alone a rider finds a ride, moves along it and names it', async () => {
  const { context, page } = await visit(browser, phone)
  await page.goto(`${url}/rides`)
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  const name = () => page.evaluate(() => document.activeElement?.closest('a')?.textContent ?? '')
  const tabTo = async (what: string) => {
    for (let presses = 0; presses < 60 && !(await name()).includes(what); presses++)
      await page.keyboard.press('Tab')
    expect(await name()).toContain(what)
  }
  await tabTo('Round the lake')
  await page.keyboard.press('Enter')
  await charts(page).waitFor()
  await page.locator('[data-part="cursor"] input').focus()
  const [before, from] = [await readout(page), await dot(page)]
  expect(before).toMatch(/^13:10:00 · Speed \d+ km\/h · Height \d+ m/)
  for (let presses = 0; presses < 100; presses++) await page.keyboard.press('ArrowRight')
  expect(await readout(page)).toMatch(/^13:18:\d\d · Speed/)
  expect(await dot(page)).not.toBe(from)
  const slider = page.getByRole('slider', { name: 'Move along the ride' })
  expect(await slider.getAttribute('aria-valuetext')).toBe(await readout(page))
  await page.getByLabel('Name').focus()
  await page.keyboard.press('Enter')
  await page.getByText('Saved.').waitFor()
  await context.close()
})

test('one cursor moves on all charts and on the map', async () => {
  const { context, page } = await visit(browser, looks[2] as (typeof looks)[number])
  await page.goto(`${url}/rides/ride-1`)
  await charts(page).waitFor()
  const from = await dot(page)
  const lines = () =>
    page.locator('.u-cursor-x').evaluateAll((all) => all.map((each) => (each as HTMLElement).style.transform))
  await page
    .locator('.u-over')
    .first()
    .hover({ position: { x: 100, y: 40 } })
  const at = await lines()
  expect(at.length).toBe(4)
  expect(at[0]).toMatch(/^translate\(\d+px/)
  expect(new Set(at).size).toBe(1)
  expect(await dot(page)).not.toBe(from)
  await context.close()
})

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of the processor: other programs of the machine do not count. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** The longest task of the page while `work` goes on, in milliseconds of the processor. */
async function longestTaskMs(page: Page, work: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: ['toplevel'] })
  await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[]
  }
  const threads = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  )
  const main = new Set(threads.map(({ pid, tid }) => `${pid}/${tid}`))
  const tasks = traceEvents.filter(({ pid, tid }) => main.has(`${pid}/${tid}`))
  expect(tasks.length).toBeGreaterThan(100)
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1_000))
}

test('a hundred thousand samples hold the page up for less than 100 ms at a time', async () => {
  const { context, page } = await visit(browser, phone)
  await page.goto(`${url}/rides/ride-1`)
  await charts(page).waitFor()
  const longest = await longestTaskMs(page, async () => {
    await page.getByRole('button', { name: 'Every sample' }).click()
    await page.getByText('Every sample is shown').waitFor({ timeout: 45_000 })
    const chart = page.locator('.u-over').first()
    for (let x = 20; x < 220; x += 10) await chart.hover({ position: { x, y: 40 } })
    await page.locator('[data-part="cursor"] input').focus()
    for (let presses = 0; presses < 20; presses++) await page.keyboard.press('ArrowRight')
  })
  expect(longest).toBeLessThan(100)
  await context.close()
})
