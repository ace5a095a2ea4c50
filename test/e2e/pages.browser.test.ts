// The rider's pages in a real browser, on the running platform: what `npm start` gives the demonstration rider, and what a rider does.
import { randomUUID } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { registerBikes } from '../../core/fleet/registry/stores.ts'
import { demonstration } from '../../infra/local/demonstration.ts'
import { sendDemonstrationRides } from '../../infra/local/demonstration-rides.ts'
import {
  type Look,
  looks,
  openBrowser,
  pressAt,
  type Visit,
  violations,
  visit,
} from '../../testkit/browser.ts'
import { until } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { requestToken } from '../../testkit/token.ts'

const services = [
  ...(['issuer', 'edge', 'normalize', 'search', 'latest', 'rides', 'quarantine'] as const),
  ...(['fleet', 'bikes', 'api', 'console'] as const),
]
const [phone, desk] = [looks[0] as Look, looks[2] as Look]
/** Owned by the demonstration rider, to be passed on. */
const soldBikeId = randomUUID()
/** Whose ride has neither positions nor a battery. */
const bareBikeId = randomUUID()

let platform: TestPlatform
let browser: Browser
let home: string
let rideId: string

beforeAll(async () => {
  platform = await openTestPlatform({
    ...{ engines: inject('engines'), services, together: true, onProgress: () => undefined },
  })
  const { env, sql } = platform
  home = env.CONSOLE_URL ?? ''
  const bikeIds = [demonstration.bikeId, soldBikeId, bareBikeId]
  const producedAt = new Date('2025-01-01T00:00:00Z')
  await registerBikes(
    sql,
    bikeIds.map((bikeId) => ({ bikeId, riderId: demonstration.rider, producedAt })),
  )
  await platform.bikesKnown()
  expect(await sendDemonstrationRides(env)).toBe(true)
  const token = await requestToken(env.TOKEN_URL ?? '', { subject: demonstration.rider, bikes: bikeIds })
  const rider: Rider = { riderId: demonstration.rider, bikeIds, token }
  await platform.upload(rider, [bareTrack()])
  const listed = async () =>
    ((await platform.read(rider, '/v1/riders/me/rides')) as { rides: { rideId: string; bikeId: string }[] })
      .rides
  await until('all rides are listed', async () => (await listed()).length === 5)
  rideId = (await listed()).find(({ bikeId }) => bikeId === demonstration.bikeId)?.rideId ?? ''
  expect(await sendDemonstrationRides(env)).toBe(false)
  browser = await openBrowser(inject('chromium'))
})
afterAll(async () => {
  await browser?.close()
  await platform?.close()
})

/** Ten minutes of speed alone. */
function bareTrack() {
  const cells = (value: (i: number) => number) => Float64Array.from({ length: 600 }, (_, i) => value(i))
  const startMs = Date.now() - 3_600_000
  return {
    ...{ bikeId: bareBikeId, recorderId: randomUUID(), kind: 'ride' as const },
    clock: { bootId: 1, clockEpoch: 1, monotonicStartMs: startMs - Date.UTC(2020, 0, 1) },
    timesMs: cells((i) => startMs + 1_000 * i),
    columns: [{ key: 'speed_kmh' as const, values: cells((i) => 15_000 + i) }],
  }
}

/** From the page that is asked for, by one click at the issuer, back to it. */
async function signedIn(look: Look, path = '/'): Promise<Visit> {
  const visitor = await visit(browser, look)
  await visitor.page.goto(home + path)
  await visitor.page.getByRole('button', { name: 'Sign in as the demonstration rider' }).click()
  await visitor.page.waitForURL(home + path)
  return visitor
}

/** Nothing was asked for beyond this machine, and nothing failed in the page. */
async function leave({ context, foreign, errors }: Visit): Promise<void> {
  expect(foreign).toEqual([])
  expect(errors).toEqual([])
  await context.close()
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 })

test('one click signs the demonstration rider in, who has a bike with a charge, a range and rides', async () => {
  const visitor = await signedIn(phone)
  const { page } = visitor
  expect(await heading(page).textContent()).toBe('My bikes')
  const card = page.locator(`[data-bike="${demonstration.bikeId}"]`)
  expect(await card.getByText(/^Most likely \d+ to \d+ km/).count()).toBe(1)
  expect(Number(await card.locator('[data-live="charge"]').textContent())).toBeGreaterThan(20)
  await page.getByRole('link', { name: 'Rides', exact: true }).click()
  await page.waitForURL(/\/rides/)
  expect(await page.locator('a[href^="/rides/"]').count()).toBeGreaterThanOrEqual(5)
  await leave(visitor)
})

test('by the keyboard alone: sign in, a ride, a consent, a grant, an export, and out again', async () => {
  const visitor = await visit(browser, desk)
  const { page } = visitor
  await page.goto(`${home}/rides`)
  await pressAt(page.getByRole('button', { name: 'Sign in as the demonstration rider' }), 'Enter')
  await page.waitForURL(`${home}/rides`)
  await pressAt(page.locator(`a[href="/rides/${rideId}"]`), 'Enter')
  await page.waitForURL(`${home}/rides/${rideId}`)
  expect(await page.getByRole('img', { name: /way of the ride/ }).count()).toBe(1)

  await pressAt(page.getByRole('link', { name: 'My data' }), 'Enter')
  await page.waitForURL(`${home}/my-data`)
  await pressAt(page.locator('#research').getByRole('button', { name: 'I consent' }), 'Enter')
  await page.getByText('You consent. Thank you.').waitFor()
  const download = page.waitForEvent('download')
  await pressAt(page.locator('a[download]').first(), 'Enter')
  const file = await download
  expect(file.suggestedFilename()).toMatch(/^export-\d{4}-\d{2}\.zip$/)
  expect(await file.failure()).toBeNull()

  await pressAt(page.getByRole('link', { name: 'Sharing' }), 'Enter')
  await page.waitForURL(`${home}/sharing`)
  await page.getByLabel('Who, by the name that they gave you').focus()
  await page.keyboard.type('insurer:gamma')
  await pressAt(page.getByLabel('Where it is and how full, also live'), 'Space')
  await pressAt(page.getByRole('button', { name: 'Let them read it' }), 'Enter')
  await page.getByText('They may read it from now on.').waitFor()
  await pressAt(page.getByRole('button', { name: 'End: insurer:gamma' }), 'Enter')
  await page.getByText('They read nothing any more.').waitFor()

  await pressAt(page.getByRole('link', { name: 'Account' }), 'Enter')
  await page.waitForURL(`${home}/account`)
  await pressAt(page.getByRole('button', { name: 'Sign out' }), 'Enter')
  await page.getByText('You are signed out.').waitFor()
  await page.goto(`${home}/rides`)
  expect(page.url()).toContain('/authorize?')
  await leave(visitor)
})

test('a consent is withdrawn, and the history shows both', async () => {
  const visitor = await signedIn(phone, '/my-data')
  const card = visitor.page.locator('#product')
  await card.getByRole('button', { name: 'I consent' }).click()
  await card.getByRole('button', { name: 'End this consent' }).click()
  await visitor.page.getByText('Your consent has ended.').waitFor()
  await card.getByText('History').click()
  expect(await card.getByRole('listitem').allTextContents()).toEqual([
    expect.stringContaining('ended'),
    expect.stringContaining('given'),
  ])
  await leave(visitor)
})

test('a place is made private by a click on the map of a ride, and removed', async () => {
  const visitor = await signedIn(desk, `/sharing/places?ride=${rideId}`)
  const { page } = visitor
  await page.getByRole('img', { name: /way of the ride/ }).click({ position: { x: 120, y: 90 } })
  expect(await page.getByLabel('At these coordinates').isChecked()).toBe(true)
  const latitude = await page.getByLabel('Latitude').inputValue()
  await page.getByLabel('Radius').fill('700')
  expect(await page.locator('circle.private').count()).toBe(1)
  await page.getByRole('button', { name: 'Make it private' }).click()
  await page.getByText('The place is private from now on.').waitFor()
  expect(await page.getByText('within 700 m').count()).toBe(1)
  await page.getByRole('button', { name: `Remove ${latitude}°` }).click()
  await page.getByText('The place is not private any more.').waitFor()
  await leave(visitor)
})

test('a bike passes from one rider to the next by the code of an offer', async () => {
  const seller = await signedIn(phone, '/account')
  const card = seller.page.getByRole('article').filter({ hasText: soldBikeId.slice(0, 8) })
  await card.getByRole('button', { name: 'Offer it' }).click()
  const code = (await seller.page.locator('.code').textContent()) ?? ''

  const buyer = await visit(browser, desk)
  await buyer.page.goto(`${home}/account`)
  await buyer.page.getByLabel('Another rider’s id').fill('rider-next')
  await buyer.page.keyboard.press('Enter')
  await buyer.page.waitForURL(`${home}/account`)
  await buyer.page.getByLabel(/^Code of the receipt/).fill('7KQF-2M9X-4TJD-8WHB')
  await buyer.page.keyboard.press('Enter')
  await buyer.page.getByText('the code gives you no bike').waitFor()
  await buyer.page.getByLabel(/^Code of the receipt/).fill(code.toLowerCase())
  await buyer.page.keyboard.press('Enter')
  await buyer.page.getByText('The bike is yours. Good rides!').waitFor()

  await seller.page.goto(`${home}/account`)
  await seller.page.getByText('the bike is theirs now').waitFor()
  await buyer.page.getByText('Give it up').click()
  await buyer.page.getByLabel('I give this bike up').check()
  await buyer.page.getByRole('button', { name: /^Give up/ }).click()
  await buyer.page.getByText('The bike is not yours any more.').waitFor()
  await leave(seller)
  await leave(buyer)
})

const gpx = (points: string) => ({
  name: 'tour.gpx',
  mimeType: 'application/gpx+xml',
  buffer: Buffer.from(
    `<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><name>Along the canal</name><trkseg>${points}</trkseg></trk></gpx>`,
  ),
})
const straight = (points: number, step: number) =>
  Array.from(
    { length: points },
    (_, i) => `<trkpt lat="${52 + i * step}" lon="5"><ele>${10 + (i % 7)}</ele></trkpt>`,
  ).join('')

test('a GPX tells how long its way takes and whether the battery lasts; a broken one says what is wrong', async () => {
  const visitor = await signedIn(phone, `/plan?bike=${demonstration.bikeId}`)
  const { page } = visitor
  const result = page.locator('[data-part="result"]')
  const file = page.getByLabel('The way, as a GPX file')
  await file.setInputFiles(gpx(straight(12_000, 0.00002)))
  await result.getByRole('heading', { name: 'Along the canal' }).waitFor()
  expect(await result.getByText(/^26\.\d km$/).count()).toBe(1)
  expect(await result.getByText(/^Most likely .* to .*\.$/).count()).toBe(2)
  expect(await result.getByText('The battery lasts').count()).toBe(1)
  expect(await violations(page)).toEqual([])

  for (const [points, sentence] of [
    [straight(2, 0.2), 'two neighbours on the route are more than 3 km apart, before point 1'],
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
  }, gpx(straight(50, 0.001)).buffer.toString())
  await page.locator('form.plan').dispatchEvent('drop', { dataTransfer: dropped })
  await result.getByRole('heading', { name: 'Along the canal' }).waitFor()
  expect(visitor.foreign).toEqual([])
  // Chromium's own words about broken XML have styles, which the policy of the page refuses.
  expect(visitor.errors.filter((error) => !error.includes('inline style'))).toEqual([])
  await visitor.context.close()
})

test('a ride without positions, and a bike without a battery, blank nothing', async () => {
  const visitor = await signedIn(phone, `/bikes/${bareBikeId}`)
  const { page } = visitor
  expect(await page.getByText(/not available/).count()).toBeGreaterThan(0)
  await page.goto(`${home}/rides?bike=${bareBikeId}`)
  await page.locator('a[href^="/rides/"]').first().click()
  await page.getByText('A map is not available').waitFor()
  await page.goto(`${home}/rides/${bareBikeId}-000000000001`)
  expect(await heading(page).textContent()).toBe('There is nothing here for you.')
  await leave(visitor)
})

test.each([phone, desk])('every page is accessible, by day and by night: %o', async (look) => {
  const visitor = await signedIn(look)
  const { page } = visitor
  const paths = [
    ...['/', `/bikes/${demonstration.bikeId}`, '/rides', `/rides/${rideId}`, '/plan'],
    ...['/sharing', `/sharing/places?ride=${rideId}`, '/my-data', '/account', '/nowhere'],
  ]
  for (const path of paths) {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(home + path)
    expect(await violations(page), path).toEqual([])
    // By night the colours are others, and nothing else.
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await violations(page, ['color-contrast']), path).toEqual([])
    const tooWidePx = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(tooWidePx, path).toBeLessThanOrEqual(0)
  }
  await leave(visitor)
})
