// Bikes from the plant to the rider, through the whole platform: what is held is mended, and everything behind it flows.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { readCleanRecord } from '../../core/telemetry/contracts/clean-samples.ts'
import { createRandom } from '../../simulator/index.ts'
import {
  carriedAt,
  createSpeaker,
  type MadeBike,
  makeBikes,
  mistyped,
  referenceTo,
  type Statement,
  sayAbout,
  sayCatalogue,
} from '../../simulator/manufacturing/index.ts'
import { storedId } from '../../testkit/partners.ts'
import { asService, buyerOf, claimBike, decide, say, statementStates } from '../../testkit/platform/fleet.ts'
import { booksOf, countDocuments, recordsOf, until, untilBooked } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { rideTrack } from '../../testkit/platform/rides.ts'

const services = [
  ...(['issuer', 'edge', 'normalize', 'search', 'latest', 'ledger', 'quarantine'] as const),
  ...(['fleet', 'bikes', 'witness', 'api'] as const),
]
const seed = 31
const startMs = Date.UTC(2025, 0, 6)
const bikes = makeBikes({ bikes: 4, seed, startMs, days: 4, exchanges: 0 })
const [doubtful, swapped] = bikes as [MadeBike, MadeBike]
const samplesPerRide = 120
let platform: TestPlatform

beforeAll(async () => {
  platform = await openTestPlatform({ engines: inject('engines'), services, onProgress: () => undefined })
  await say(platform, sayCatalogue({ seed, atMs: startMs }))
})
afterAll(() => platform?.close())

/** As the plant says it: with a mistyped serial number where that bike's battery stands. */
function withMistypedBattery(statement: Statement): Statement {
  const produced = statement.bikeProduced
  if (produced?.bikeId !== doubtful.bikeId) return statement
  const parts = produced.parts.map((part) => (part.slot === 'battery' ? mistyped(part) : part))
  return { ...statement, bikeProduced: { ...produced, parts } }
}

/** Three rides of the last hour; the first one tells which parts answered. */
async function ride(rider: Rider, bike: MadeBike, parts = carriedAt(bike, Date.now())): Promise<number> {
  const recorderId = randomUUID()
  for (let n = 0; n < 3; n++) {
    const rideStartMs = Date.now() - (3 - n) * 20 * 60_000
    const track = rideTrack({
      bikeId: bike.bikeId,
      recorderId,
      startMs: rideStartMs,
      samples: samplesPerRide,
    })
    await platform.upload(rider, [{ ...track, ...(n === 0 && { parts }) }])
  }
  return 3 * samplesPerRide
}

const openFindings = async ({ bikeId }: MadeBike) =>
  (
    await platform.sql<{ reason: string }[]>`
      select reason from fleet_findings where bike_id = ${bikeId}::uuid and closed_at is null`
  ).map(({ reason }) => reason)

test('a corrected serial number heals the history of the bike, and its telemetry that waited flows everywhere in order', async () => {
  const statements = sayAbout(bikes, { seed }).map(withMistypedBattery)
  const said = statements.find(({ bikeProduced }) => bikeProduced?.bikeId === doubtful.bikeId)
  const eventId = said && storedId(said)
  await say(platform, statements)
  // The bike, its delivery and its sale.
  const heldBack = async () => (await statementStates(platform)).held === 3
  await until('the doubtful bike is held, and what hangs on it', heldBack)

  const buyer = await buyerOf(platform, doubtful)
  const samples = await ride(buyer, doubtful)
  await until(
    'its rides wait',
    async () => (await booksOf(platform, buyer))['normalize quarantined'] === samples,
  )

  const shown = await asService(platform, `/v1/fleet/reviews/${eventId}`)
  const { suggestions } = shown.body as { suggestions: { verdict: string; correction: object }[] }
  const [{ verdict, correction }] = suggestions as [(typeof suggestions)[number]]
  const reason = 'the label of the battery, read again'
  await decide(platform, String(eventId), { etag: shown.etag, decision: { verdict, correction, reason } })

  const sold = async () => (await statementStates(platform)).held === undefined
  await until('its sale counts', sold)
  expect(await claimBike(platform, doubtful)).toBe(new Date(doubtful.soldAtMs).toISOString())

  const settled = { 'normalize clean': samples, 'search stored': samples, 'latest merged': samples }
  await untilBooked(platform, buyer, { books: settled })
  expect(await booksOf(platform, buyer)).toEqual(settled)
  expect(await countDocuments(platform, buyer)).toBe(samples)
  await expectHealed(buyer)
})

async function expectHealed(buyer: Rider): Promise<void> {
  const { bikeId, producedAtMs, deliveredAtMs, soldAtMs, parts } = doubtful
  const installed = await platform.sql`
    select slot, serial_number, lower(installed) as since, upper_inf(installed) as still
    from installations join components using (component_id) where bike_id = ${bikeId}::uuid order by slot`
  const expected = parts.map(({ type, serialNumber }) => ({
    ...{ slot: type, serial_number: serialNumber, since: new Date(producedAtMs), still: true },
  }))
  expect(installed).toEqual(expected.sort((a, b) => (a.slot < b.slot ? -1 : 1)))
  const owned = await platform.sql`
    select rider_id, lower(owned) as since, delivered_at from ownerships join bikes using (bike_id)
    where bike_id = ${bikeId}::uuid`
  expect(owned).toEqual([
    { rider_id: buyer.riderId, since: new Date(soldAtMs), delivered_at: new Date(deliveredAtMs) },
  ])
  expect(await openFindings(doubtful)).toEqual([])
  expect(
    await platform.sql`select from quarantine where bike_id = ${bikeId}::uuid and replayed_at is null`,
  ).toEqual([])
  const clean = (await recordsOf(platform, 'telemetry.clean')).map(({ value }) =>
    readCleanRecord(value as Buffer),
  )
  const times = clean
    .filter(({ track }) => track.bikeId === bikeId)
    .map(({ track }) => track.timesMs[0] as number)
  expect(times).toEqual([...times].sort((a, b) => a - b))
}

test('a battery that was exchanged without a word is a finding, until the workshop tells of it, whoever is killed', async () => {
  const [spare] = makeBikes({ bikes: 1, seed: 32, startMs })[0]?.parts ?? []
  const removed = swapped.parts.find(({ type }) => type === 'battery')
  if (spare === undefined || removed === undefined) throw new Error('a bike has a battery')
  const buyer = await buyerOf(platform, swapped)
  await claimBike(platform, swapped)
  const parts = carriedAt(swapped, Date.now()).map((part) =>
    part.slot === 'battery' ? { ...part, serialNumber: spare.serialNumber } : part,
  )
  platform.services.witness.kill('SIGKILL')
  await ride(buyer, swapped, parts)
  await platform.services.witness.restart()
  await until('the unknown battery is noticed', async () =>
    (await openFindings(swapped)).includes('part_unregistered'),
  )

  const speak = createSpeaker(createRandom(33))
  const { hardwareRevision, firmwareRevision, batch, plant, producedAtMs } = spare
  const made = {
    hardwareRevision,
    firmwareRevision,
    batch,
    plant,
    producedAt: new Date(producedAtMs).toISOString(),
  }
  const component = referenceTo(spare)
  await say(platform, [
    speak('componentProduced', { component, ...made }, { source: `plant:${plant}`, atMs: producedAtMs }),
  ])
  await until('it is known, and the swap is not', async () =>
    (await openFindings(swapped)).includes('undocumented_swap'),
  )

  const swap = { slot: 'battery', removed: referenceTo(removed), installed: component, reason: 'worn' }
  const origin = { source: 'service:berlin', atMs: Date.now() - 86_400_000 }
  platform.services.fleet.kill('SIGKILL')
  await say(platform, [speak('componentSwapped', { frameNumber: swapped.frameNumber, ...swap }, origin)])
  await platform.services.fleet.restart()
  await until('the workshop has explained it', async () => (await openFindings(swapped)).length === 0)
})
