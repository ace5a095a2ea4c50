// The whole platform with something to read in it: a bike with a past, an upload, doubtful statements, and a module that obeys.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeAttempt, sealUpload } from '../../client/index.ts'
import { planReports } from '../../core/devices/commands/plan.ts'
import type { Sql } from '../../core/engines/postgres/client/connect.ts'
import { createCommandOutbox } from '../../core/engines/postgres/devices/command-outbox.ts'
import { createPartnerStore } from '../../core/engines/postgres/fleet/partner-store.ts'
import { createRiderErasures } from '../../core/engines/postgres/riders/erasure-store.ts'
import { registerBikes } from '../../core/fleet/registry/stores.ts'
import { createFleetEnvironment } from '../../core/fleet/testing/fleet-environment.ts'
import {
  built,
  dayMs,
  definitions,
  made,
  madeMs,
  name,
  part,
  sold,
  swapped,
  wholeBike,
} from '../../core/fleet/testing/statement-fixtures.ts'
import { sharedRideId } from '../../core/riders/own-data/shared-ride-id.ts'
import type { OnProgress } from '../../infra/local/index.ts'
import { rideIdOf } from '../../proto/codec/ride-id.ts'
import { until } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { attemptClock, rideTrack } from '../../testkit/platform/rides.ts'
import { anyStaff, requestToken } from '../../testkit/token.ts'

export interface InhabitedPlatform {
  readonly apiUrl: string
  readonly edgeUrl: string
  /** Of the owner of the bike, who is service staff and a partner, too: so one caller reaches everything. */
  readonly token: string
  readonly ids: Readonly<
    Record<
      | 'bike'
      | 'component'
      | 'statement'
      | 'upload'
      | 'applied'
      | 'case'
      | 'offer'
      | 'offeredBike'
      | 'releasedBike'
      | 'grant'
      | 'ride'
      | 'sharedRide'
      | 'proposal'
      | 'erasure',
      string
    >
  >
  /** Bodies that the edge takes. */
  readonly uploads: readonly Uint8Array[]
  stop(): Promise<void>
}

const owner = 'lena'
const heldStatements = 40
const obeysEveryMs = 20

/** schemathesis asks as one caller, as fast as it can and with false tokens, too. */
const unlimited = { API_RATE_PER_CALLER: '0', API_FAILED_TOKENS_PER_ADDRESS: '0' }
/** Researchers may come in, if they had a key. */
const forResearchers = { RESEARCH_URL: 'http://localhost:8080' }

export async function openInhabitedPlatform(
  engines: Readonly<Record<string, string>>,
  onProgress: OnProgress,
): Promise<InhabitedPlatform> {
  const platform = await openTestPlatform({
    engines: { ...engines, ...unlimited, ...forResearchers },
    ...{ together: true, onProgress },
  })
  const done = new AbortController()
  try {
    const { env, sql } = platform
    const bikeId = randomUUID()
    await sayWhatPlantsSay(sql, bikeId)
    await sql`insert into devices (device_id, bike_id) values (${randomUUID()}, ${bikeId})`
    await platform.bikesKnown()
    const token = await requestToken(env.TOKEN_URL ?? '', {
      ...{ subject: owner, bikes: [bikeId], roles: [...anyStaff.roles, 'login', 'partner', 'third_party'] },
      partner: await openDoor(sql),
    })
    const upload = await rideOnce(platform, { riderId: owner, bikeIds: [bikeId], token })
    const changing = await changingHands(sql)
    const ids = {
      bike: bikeId,
      upload,
      ...(await foundRide(sql, bikeId)),
      proposal: await approvedProposal(sql),
      erasure: await waitingErasure(sql),
      ...(await someIds(sql)),
      ...changing,
    }
    const uploads = await Promise.all([1, 2, 3].map(() => uploadOf(bikeId)))
    const obeying = obey(sql, done.signal)
    const stop = async () => {
      done.abort()
      await obeying
      await platform.close()
    }
    return { apiUrl: env.API_URL ?? '', edgeUrl: env.EDGE_URL ?? '', token, ids, uploads, stop }
  } catch (error) {
    await platform.close()
    throw error
  }
}

/** A bike that was sold and got another battery, and bikes that are held since nobody made their batteries. */
async function sayWhatPlantsSay(sql: Sql, bikeId: string): Promise<void> {
  const fleet = createFleetEnvironment(sql)
  const whole = [made('battery', 1), made('motor', 1), made('battery', 2), built(1, { bikeId })]
  await fleet.intake([...definitions(), ...whole, sold(1, owner, madeMs + dayMs)])
  await registerBikes(sql, [{ bikeId, riderId: owner, producedAt: new Date(madeMs) }])
  await fleet.intake([swapped(1, [1, 2], madeMs + 2 * dayMs), ...wholeBike(3)])
  const numbers = Array.from({ length: heldStatements }, (_, index) => 100 + index)
  const missing = (number: number) => ({ slot: 'battery', component: name('battery', 1_000 + number) })
  await fleet.intake([
    ...numbers.map((number) => made('motor', number)),
    ...numbers.map((number) => built(number, { parts: [missing(number), part('motor', number)] })),
  ])
  await fleet.settle()
}

/** The partner of the contract's example, which speaks through the API. Returns its id. */
async function openDoor(sql: Sql): Promise<string> {
  const partners = createPartnerStore(sql)
  const partnerId = 'plant:zwickau'
  await partners.register({ partnerId, role: 'plant' })
  await partners.grant(partnerId, [{ door: 'api', kind: 'bikeSold', brand: '*', plant: '*' }])
  return partnerId
}

/** A bike that its owner offers and lets somebody read, one that staff say is another rider's, and one to be released. */
async function changingHands(
  sql: Sql,
): Promise<{ case: string; offer: string; offeredBike: string; releasedBike: string; grant: string }> {
  const bikes = [randomUUID(), randomUUID(), randomUUID()] as const
  const [offeredBike, disputedBike, releasedBike] = bikes
  const [offer, caseId] = [randomUUID(), randomUUID()]
  await registerBikes(
    sql,
    bikes.map((bikeId) => ({ bikeId, riderId: owner, producedAt: new Date(madeMs) })),
  )
  await sql`
    insert into ownership_offers (offer_id, bike_id, rider_id, sha256, valid_until)
    values (${offer}, ${offeredBike}, ${owner}, sha256(${offer}::bytea), now() + interval '30 days')`
  await sql`
    insert into ownership_cases (case_id, bike_id, former_rider, new_rider, reason, author, state, object_until)
    values (${caseId}, ${disputedBike}, ${owner}, 'max', 'an invoice', 'staff:eva', 'waiting', now() + interval '14 days')`
  await sql`
    insert into bike_grants (grant_id, bike_id, rider_id, grantee, scopes, valid_until)
    values (${offer}, ${offeredBike}, ${owner}, 'insurer', '{state}', now() + interval '30 days')`
  return { case: caseId, offer, offeredBike, releasedBike, grant: offer }
}

/** One that the caller approved before, so that approving it again changes nothing. */
async function approvedProposal(sql: Sql): Promise<string> {
  const proposalId = randomUUID()
  await sql`
    insert into proposals (proposal_id, kind, subject, payload, effects, reason, proposed_by, expires_at, verdict, decided_by,
      decided_for, decided_at, outcome)
    values (${proposalId}, 'second_module', ${randomUUID()}, '{}', '[]', 'a repair', 'staff:eva', now() + interval '14 days',
      'approved', ${`staff:${owner}`}, 'seen', now(), '{"done": true, "detail": "enrolled"}')`
  return proposalId
}

/** The ride of the upload, as its owner and a third party name it; the caller is both. */
async function foundRide(sql: Sql, bikeId: string): Promise<{ ride: string; sharedRide: string }> {
  const known = () => sql<{ fromMs: number }[]>`
    select epoch_ms(from_at) as "fromMs" from rides where bike_id = ${bikeId}`
  await until('the ride is found', async () => (await known()).length > 0)
  const [{ fromMs } = { fromMs: 0 }] = await known()
  const [grant] = await sql<{ rideKey: Uint8Array }[]>`
    insert into bike_grants (bike_id, rider_id, grantee, scopes, valid_until, rides_from)
    values (${bikeId}, ${owner}, ${owner}, '{rides}', now() + interval '30 days', 'epoch') returning ride_key as "rideKey"`
  if (grant === undefined) throw new Error('an insert returns its row')
  return { ride: rideIdOf({ bikeId, fromMs }), sharedRide: sharedRideId(fromMs, grant.rideKey) }
}

async function waitingErasure(sql: Sql): Promise<string> {
  return (await createRiderErasures(sql).ask('who leaves', dayMs)).erasureId
}

async function someIds(sql: Sql): Promise<{ component: string; statement: string; applied: string }> {
  const [row] = await sql<{ component: string; statement: string; applied: string }[]>`
    select (select component_id from components limit 1) as component,
      (select event_id from manufacturing_events where state = 'applied' limit 1) as applied,
      (select event_id from manufacturing_events where state = 'held' limit 1) as statement`
  if (row === undefined) throw new Error('plants have said nothing')
  return row
}

async function rideOnce(platform: TestPlatform, rider: Rider): Promise<string> {
  const [bikeId = ''] = rider.bikeIds
  const { uploadId } = await platform.upload(rider, [trackOf(bikeId)])
  await until('the upload is settled', async () => {
    const answer = await platform.read(rider, `/v1/uploads/${uploadId}`).catch(() => undefined)
    return (answer as { settled?: boolean } | undefined)?.settled === true
  })
  return uploadId
}

function trackOf(bikeId: string) {
  return rideTrack({ bikeId, recorderId: randomUUID(), startMs: Date.now() - 600_000, samples: 120 })
}

async function uploadOf(bikeId: string): Promise<Uint8Array> {
  const { body } = await encodeAttempt(sealUpload({ tracks: [trackOf(bikeId)] }), attemptClock(Date.now()))
  return body
}

/** As a module would that hears of each command at once: so streams of commands end. */
async function obey(sql: Sql, signal: AbortSignal): Promise<void> {
  const outbox = createCommandOutbox(sql)
  while (!signal.aborted) {
    const rows = await sql<{ commandId: string }[]>`
      select command_id as "commandId" from commands where state in ('queued', 'sent')`
    if (rows.length > 0) {
      const commandIds = rows.map(({ commandId }) => commandId)
      await outbox.change({ kind: 'named', commandIds }, (known) =>
        planReports(
          known,
          known.map(({ bikeId, commandId }) => ({ bikeId, commandId, stage: 'executed', detail: '' })),
        ),
      )
    }
    await sleep(obeysEveryMs)
  }
}
