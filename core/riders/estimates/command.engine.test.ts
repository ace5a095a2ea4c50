// `npm run estimates -- prior` as an operator uses it: whose rides it learns from, which version answers, and the way back.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeEach, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createConsentStore } from '../../engines/postgres/riders/consent-store.ts'
import { createPriorStore } from '../../engines/postgres/riders/prior-store.ts'
import { createRideNotes } from '../../engines/postgres/riders/ride-notes.ts'
import { encodeSummary } from '../../engines/postgres/riders/ride-summary.ts'
import { grantConsent, withdrawConsent } from '../consent/consents.ts'
import type { Purpose } from '../consent/port.ts'
import { createCurrentPrior } from './current-prior.ts'
import { leastRiders } from './make-prior.ts'
import { shippedPrior } from './shipped-prior.ts'
import { keptRides } from './testing/fixtures.ts'

// A process for each command takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

const command = fileURLToPath(new URL('command.ts', import.meta.url))
let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
  return database.drop
})

async function prior(...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: database.url }
  return (await promisify(execFile)(process.execPath, [command, 'prior', ...args], { env })).stdout.trim()
}
const make = () => prior('--reason', 'a month more')
const current = () => createCurrentPrior(createPriorStore(database.sql))()

const consent = (riderId: string, purpose: Purpose = 'product') =>
  grantConsent(createConsentStore(database.sql), {
    ...{ riderId, purpose, from: new Date('2020-01-01'), textVersion: undefined, by: 'rider' },
  })

async function rideOf(riderId: string, seed: number): Promise<void> {
  for (const ride of keptRides(riderId, seed)) {
    const { bikeId, fromMs, untilMs, closesAtMs, end } = ride
    const [from, until, closes] = [fromMs, untilMs, closesAtMs].map((ms) => new Date(ms).toISOString())
    await database.sql`
      insert into rides (bike_id, from_at, until_at, closes_at, rider_id, ended_by, summary)
      values (${bikeId}, ${from as string}, ${until as string}, ${closes as string}, ${riderId}, ${end},
        ${Buffer.from(encodeSummary(ride))})`
  }
}

/** `r0`, `r1`, … with eight rides each, who consent. */
async function population(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await rideOf(`r${n}`, n)
    await consent(`r${n}`)
  }
}

test('it learns from riders who consent to it, and from nobody else', async () => {
  await population(leastRiders)
  await rideOf('without', 50)
  await rideOf('research', 51)
  await consent('research', 'research')
  expect(await make()).toMatch(/^riders-[0-9a-f]{12}, of 160 rides of 20 riders, is used from now on$/)
  const { version, origin } = await current()
  expect(await make()).toContain(version)
  expect(origin).toContain('20 riders who consent')
  const [first] = keptRides('r0', 0)
  const note = {
    riderId: 'r0',
    bikeId: first?.bikeId ?? '',
    atMs: first?.fromMs ?? 0,
    name: undefined,
    hidden: false,
  }
  await createRideNotes(database.sql).put({ ...note, notMe: true })
  expect(await make()).toContain('of 159 rides of 20 riders')
  expect((await current()).version).not.toBe(version)
})

test('a rider who withdrew is not in the next one; of too few riders nothing is written', async () => {
  await population(leastRiders + 1)
  expect(await make()).toContain('of 168 rides of 21 riders')
  const withdraw = (riderId: string) =>
    withdrawConsent(createConsentStore(database.sql), { riderId, purpose: 'product', by: 'rider' })
  await withdraw('r3')
  expect(await make()).toContain('of 160 rides of 20 riders')
  const { version } = await current()
  await withdraw('r4')
  await expect(make()).rejects.toThrow('nothing was written: rides enough have 19 riders')
  expect((await current()).version).toBe(version)
})

test('an operator goes back to a version before, or to the shipped one, and says why', async () => {
  await population(leastRiders + 1)
  const [first = ''] = (await make()).split(',')
  await database.sql`delete from rides where rider_id = 'r0'`
  const [second = ''] = (await make()).split(',')
  expect(await prior('list')).toMatch(
    new RegExp(`^${second}.* used\n${first}.*\n${shippedPrior.version}  shipped$`),
  )
  await expect(prior('use', first)).rejects.toThrow('--reason is missing')
  await expect(prior('use', 'riders-0', '--reason', 'why not')).rejects.toThrow(
    'there is no version riders-0',
  )
  await prior('use', first, '--reason', 'ranges are too long')
  expect((await current()).version).toBe(first)
  await prior('use', shippedPrior.version, '--reason', 'ranges are too long')
  expect(await current()).toBe(shippedPrior)
  expect(await prior('list')).toContain(`${shippedPrior.version}  shipped  used`)
  expect(await database.sql`select by like 'console:%' as console, reason from estimate_prior_uses`).toEqual([
    { console: true, reason: 'a month more' },
    { console: true, reason: 'a month more' },
    { console: true, reason: 'ranges are too long' },
    { console: true, reason: 'ranges are too long' },
  ])
})
