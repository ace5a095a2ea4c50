// What plants say to a platform, who buys their bikes, and service staff who look at them through the API.
import { randomUUID } from 'node:crypto'
import type { MadeBike, Statement } from '../../simulator/manufacturing/index.ts'
import { tellSealed } from '../tell.ts'
import { anyStaff, requestToken } from '../token.ts'
import type { Rider, TestPlatform } from './platform.ts'

/** Puts statements on manufacturing.events, in this order as far as Kafka keeps it. */
export async function say({ env, namespace }: TestPlatform, statements: readonly Statement[]): Promise<void> {
  await tellSealed({ env, namespace }, statements)
}

/** Of all statements, how many are in which state. */
export async function statementStates({ sql }: TestPlatform): Promise<Record<string, number>> {
  const rows = await sql<{ state: string; statements: number }[]>`
    select state, count(*)::integer as statements from manufacturing_events group by state`
  return Object.fromEntries(rows.map(({ state, statements }) => [state, statements]))
}

export async function buyerOf({ env }: TestPlatform, { bikeId, riderId }: MadeBike): Promise<Rider> {
  const token = await requestToken(env.TOKEN_URL ?? '', { subject: riderId, bikes: [bikeId] })
  return { riderId, bikeIds: [bikeId], token }
}

/** The buyer shows the code of the receipt; its sale must have been applied. Returns from when the bike is the buyer's. */
export async function claimBike(
  { env }: { readonly env: Readonly<Record<string, string>> },
  { riderId, claimCode }: Pick<MadeBike, 'riderId' | 'claimCode'>,
): Promise<string> {
  const token = await requestToken(env.TOKEN_URL ?? '', { subject: riderId })
  const response = await fetch(`${env.API_URL}/v1/riders/me/claims`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ code: claimCode }),
    signal: AbortSignal.timeout(10_000),
  })
  if (response.status !== 201) throw new Error(`the claim: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { from: string }).from
}

/** The API as one of service staff sees it. */
export async function asService(
  platform: TestPlatform,
  path: string,
): Promise<{ body: unknown; etag: string }> {
  const response = await askAsService(platform, path)
  return { body: await response.json(), etag: response.headers.get('etag') ?? '' }
}

/** `etag` is that of the statement as it was read. */
export async function decide(
  platform: TestPlatform,
  eventId: string,
  { etag, decision }: { etag: string; decision: object },
): Promise<void> {
  await askAsService(platform, `/v1/fleet/reviews/${eventId}/decisions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), 'if-match': etag },
    body: JSON.stringify(decision),
  })
}

async function askAsService(
  { env }: TestPlatform,
  path: string,
  { headers, ...init }: { method?: 'POST'; headers?: Record<string, string>; body?: string } = {},
): Promise<Response> {
  const token = await requestToken(env.TOKEN_URL ?? '', anyStaff)
  const response = await fetch(`${env.API_URL}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'access-reason': 'a test', ...headers },
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response
}
