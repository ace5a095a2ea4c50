// What riders decide, in a real browser before the fake API: how it looks to axe, and what scripts do for it.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Look, looks, openBrowser, pressAt, violations, visit } from '../../testkit/browser.ts'
import { serveTestConsole } from '../testing/console.ts'

const [phone, desk] = [looks[0] as Look, looks[2] as Look]
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

test.each([phone, desk])(
  'every page is accessible by day and by night, and fits the screen: %o',
  async (look) => {
    const { context, page, foreign, errors } = await visit(browser, look)
    for (const path of ['/plan', '/sharing', '/sharing/places?ride=ride-1', '/my-data', '/account']) {
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(url + path)
      for (const summary of await page.locator('summary').all()) await summary.click()
      expect(await violations(page), path).toEqual([])
      // By night the colours are others, and nothing else.
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await violations(page, ['color-contrast']), path).toEqual([])
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(wider, path).toBeLessThanOrEqual(0)
    }
    expect(foreign).toEqual([])
    expect(errors).toEqual([])
    await context.close()
  },
)

test('by the keyboard alone: a consent, an export, leaving and staying, a grant', async () => {
  const { context, page } = await visit(browser, phone)
  await page.goto(`${url}/my-data`)
  await pressAt(page.locator('#research').getByRole('button', { name: 'I consent' }), 'Enter')
  await page.getByText('You consent. Thank you.').waitFor()
  const download = page.waitForEvent('download')
  await pressAt(page.locator('a[download]').first(), 'Enter')
  expect((await download).suggestedFilename()).toBe('export-2026-11.zip')
  await pressAt(page.getByText('Erase everything about me'), 'Enter')
  await pressAt(page.getByLabel('I mean it'), 'Space')
  await pressAt(page.getByRole('button', { name: 'Erase everything in 24 hours' }), 'Enter')
  await page.getByRole('link', { name: 'Your receipt' }).waitFor()
  expect(await violations(page)).toEqual([])
  await pressAt(page.getByRole('button', { name: 'Take it back' }), 'Enter')
  await page.getByText('Nothing is erased.').waitFor()
  await pressAt(page.getByRole('link', { name: 'Sharing' }), 'Enter')
  await page.waitForURL(`${url}/sharing`)
  await page.getByLabel('Who, by the name that they gave you').focus()
  await page.keyboard.type('insurer:gamma')
  await pressAt(page.getByLabel('Where it is and how full, also live'), 'Space')
  await pressAt(page.getByRole('button', { name: 'Let them read it' }), 'Enter')
  await page.getByText('They may read it from now on.').waitFor()
  await pressAt(page.getByRole('button', { name: 'End: insurer:gamma' }), 'Enter')
  await page.getByText('They read nothing any more.').waitFor()
  await context.close()
})

test('a click on the map of a ride chooses a place, and its circle is as wide as the radius', async () => {
  const { context, page } = await visit(browser, desk)
  await page.goto(`${url}/sharing/places?ride=ride-1`)
  const circle = page.locator('circle.private')
  const radius = async () => Number(await circle.getAttribute('r'))
  const before = await radius()
  await page.getByLabel('Radius').fill('800')
  expect(await radius()).toBeCloseTo(2 * before, 5)
  const start = await circle.getAttribute('cx')
  await page.getByRole('img', { name: /way of the ride/ }).click({ position: { x: 120, y: 90 } })
  expect(await circle.getAttribute('cx')).not.toBe(start)
  expect(await page.getByLabel('At these coordinates').isChecked()).toBe(true)
  const latitude = await page.getByLabel('Latitude').inputValue()
  await page.getByRole('button', { name: 'Make it private' }).click()
  await page.getByText('The place is private from now on.').waitFor()
  await page.getByRole('button', { name: `Remove ${latitude}°` }).click()
  await page.getByText('The place is not private any more.').waitFor()
  await context.close()
})

const gpx = (points: string) => ({
  name: 'tour.gpx',
  mimeType: 'application/gpx+xml',
  buffer: Buffer.from(
    `<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><name>Along the canal</name><trkseg>${points}</trkseg></trk></gpx>`,
  ),
})
const straight = Array.from(
  { length: 12_000 },
  (_, i) => `<trkpt lat="${52 + i * 2e-5}" lon="5"><ele>10</ele></trkpt>`,
)

test('a GPX is chosen or dropped; a broken one says what is wrong', async () => {
  const { context, page, foreign } = await visit(browser, phone)
  await page.goto(`${url}/plan`)
  const result = page.locator('[data-part="result"]')
  const estimate = result.getByRole('heading', { name: 'Along the canal' })
  const file = page.getByLabel('The way, as a GPX file')
  const asked = page.waitForRequest(`${url}/plan`)
  await file.setInputFiles(gpx(straight.join('')))
  expect((await asked).postDataJSON().positions.length).toBe(5_000)
  await estimate.waitFor()
  expect(await violations(page)).toEqual([])
  for (const [points, sentence] of [
    ['<trkpt lat="52" lon="5"/><trkpt lat="95" lon="5"/>', 'Point 2 of this GPX has no place on the earth.'],
    ['<trkpt lat="52"', 'This file is damaged, or it is no GPX'],
    ['', 'This GPX has no track and no route in it.'],
  ] as const) {
    await file.setInputFiles(gpx(points))
    await result.getByText(sentence).waitFor()
  }
  await file.setInputFiles({ ...gpx(''), buffer: Buffer.alloc(5_000_001, ' ') })
  await result.getByText('This file is larger than 5 MB.').waitFor()
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([text], 'dropped.gpx'))
    return transfer
  }, gpx(straight.slice(0, 50).join('')).buffer.toString())
  await page.locator('form.plan').dispatchEvent('drop', { dataTransfer: dropped })
  await estimate.waitFor()
  expect(foreign).toEqual([])
  await context.close()
})
