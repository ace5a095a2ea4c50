// Two riders leave: one withdraws the consent to research, the other is erased. Research and the engines are asked before and after.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { createAccessStore } from '../core/engines/postgres/research/access-store.ts'
import { findErasure } from '../core/engines/postgres/riders/erasure-store.ts'
import { notebookSessionMs as sessionMs, sha256 } from '../core/research/access/rules.ts'
import {
  certificateContent,
  signCertificate,
  verifyCertificate,
} from '../core/riders/own-data/erasure/certificate.ts'
import type { FinishedErasure } from '../core/riders/own-data/erasure/port.ts'
import { erasureProposal } from '../core/riders/own-data/erasure/request.ts'
import { createStaffStores } from '../core/staff/approvals/stores.ts'
import { topicName } from '../core/topics.ts'
import { type Environment, kafkaOf } from '../testkit/environment.ts'
import { recordsIn } from '../testkit/independent-reader.ts'
import { waitUntil } from '../testkit/wait.ts'
import { askApi } from './ask-api.ts'
import type { Engines } from './engines.ts'
import type { PlannedRide } from './plan.ts'
import type { Tours } from './tours.ts'

export interface PrivacyResult {
  /** Documents that a researcher saw of the rider who withdraws. */
  readonly seen: { readonly before: number; readonly after: number }
  /** From the request to the first answer of the gateway without that rider. */
  readonly withdrawnMs: number
  /** Whether readers of the stream are told whom to forget. */
  readonly isTold: boolean
  /** Samples in Elasticsearch and rides in PostgreSQL of the rider who is erased. */
  readonly left: { readonly samples: number; readonly rides: number }
  /** Stores that the certificate names; its signature holds. */
  readonly certified: number
}

interface Scene {
  readonly environment: Environment
  readonly engines: Engines
  /** Of a rider who consents. */
  readonly ride: PlannedRide
  readonly tours: Tours
  readonly signal: AbortSignal
}

/** The copy is written beside the stream; a question every few seconds stays within a researcher's budget. */
const patience = { withinMs: 120_000, everyMs: 4_000 }

export async function letRidersLeave({
  progress,
  ...scene
}: Scene & {
  readonly progress: <T>(what: string, work: () => Promise<T>) => Promise<T>
}): Promise<PrivacyResult> {
  const withdrawal = await progress('a rider withdraws, and research forgets her', () => withdraw(scene))
  const erasure = await progress('the tourist is erased, with a certificate', () => erase(scene))
  return { ...withdrawal, ...erasure }
}

async function withdraw({ environment, engines, ride, signal }: Scene) {
  const { env, namespace } = environment
  const token = await openSession(engines.sql)
  const subject = (await engines.subjects()).get(ride.bikeId) ?? ''
  const search = () => searchCopy({ url: env['RESEARCH-GATEWAY_URL'] ?? '', token, subject, signal })
  let before = await search()
  const missing = async () => {
    before = await search()
    return before.length > 0 ? [] : ['the research copy has nothing of the rider']
  }
  await waitUntil(missing, { ...patience, signal })
  const begunMs = performance.now()
  await askApi({ apiUrl: env.API_URL ?? '', tokenUrl: env.TOKEN_URL ?? '', signal }, consentPath, {
    ...{ method: 'DELETE', caller: { subject: ride.riderId, bikes: [ride.bikeId] } },
  })
  const after = await search()
  const withdrawnMs = performance.now() - begunMs
  let isTold = false
  const untold = async () => {
    const records = await recordsIn({ ...kafkaOf(env), topic: topicName(namespace, 'analytics.withdrawals') })
    isTold = records.some(({ key }) => String(key) === before[0]?.person)
    return isTold ? [] : ['analytics.withdrawals does not name the rider']
  }
  await waitUntil(untold, { withinMs: 60_000, everyMs: 500, signal })
  return { seen: { before: before.length, after: after.length }, withdrawnMs, isTold }
}

const consentPath = '/v1/riders/me/consents/research'

interface Document {
  readonly person: string
}

/** Documents of a bike, ten at most, as a researcher's notebook gets them. */
async function searchCopy(of: {
  url: string
  token: string
  subject: string
  signal: AbortSignal
}): Promise<Document[]> {
  const response = await fetch(`${of.url}/research-ride-*/_search`, {
    method: 'POST',
    headers: { authorization: `Bearer ${of.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: { term: { subject: of.subject } }, size: 10 }),
    signal: AbortSignal.any([of.signal, AbortSignal.timeout(10_000)]),
  })
  if (!response.ok) throw new Error(`the gateway: ${response.status} ${await response.text()}`)
  const { hits } = (await response.json()) as { hits: { hits: { _source: Document }[] } }
  return hits.hits.map(({ _source }) => _source)
}

/** As the touch of a registered key opens it: nobody is here to touch one. */
async function openSession(sql: Sql): Promise<string> {
  const store = createAccessStore(sql)
  const invitation = sha256(randomUUID())
  await store.invite(
    { name: 'demonstration' },
    { sha256: invitation, invitedBy: 'console:demo', validMs: sessionMs },
  )
  const key = { credentialId: randomUUID(), publicKey: new Uint8Array(1), counter: 0 }
  await store.register(invitation, { ...key, aaguid: randomUUID(), model: 'none' })
  const token = `rs_${randomBytes(32).toString('base64url')}`
  await store.signIn(
    { ...key, counter: 1 },
    { tokenSha256: sha256(token), kind: 'notebook', lastsMs: sessionMs },
  )
  return token
}

async function erase({ engines, tours, signal }: Scene) {
  const { sql } = engines
  const { approvals } = createStaffStores(sql)
  const erasureId = randomUUID()
  const proposed = { proposalId: erasureId, riderId: tours.riderId, reason: 'she asked for it' }
  await approvals.propose(erasureProposal({ ...proposed, proposedBy: 'staff:eva' }))
  await approvals.decide(erasureId, { verdict: 'approved', by: 'staff:otto', reason: 'seen' })
  let finished: FinishedErasure | undefined
  const undone = async () => {
    const found = await findErasure(sql, erasureId)
    if (found !== undefined && !('step' in found)) finished = found
    return finished === undefined ? [`the erasure is at ${JSON.stringify(found)}`] : []
  }
  await waitUntil(undone, { withinMs: 300_000, everyMs: 500, signal })
  if (finished === undefined) throw new Error('the erasure has no end')
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const jws = await signCertificate(certificateContent(finished), { privateKey, keyId: 'demonstration' })
  const { stores } = await verifyCertificate(jws, publicKey)
  const [row] = await sql<{ rides: number }[]>`
    select count(*)::integer as rides from rides where rider_id = ${tours.riderId}`
  const samples = (await engines.storedSamples(tours.bikeId)).length
  return { left: { samples, rides: row?.rides ?? 0 }, certified: stores.length }
}
