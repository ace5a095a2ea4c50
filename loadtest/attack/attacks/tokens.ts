// Attacks with tokens that the login service's keys sign, or seem to sign, and that are none for the platform. Each has an edge and an
// issuer of its own, so that keys can be away.
import { randomUUID } from 'node:crypto'
import { startTestIssuer, type TestIssuer } from '../../../edge/testing/issuer.ts'
import { type Attack, falls, holds, mustWork, type Verdict } from '../attack-types.ts'
import { atOwnEdge } from './requests.ts'

interface Door {
  readonly issuer: TestIssuer
  /** The status of a body that is no upload: 400 where the token passes, since it is read first. */
  statusOf(token: string): Promise<number>
}

const passes = 400

/** All tokens come from one address, and none of them is to be refused for that. */
const unlimited = { RATE_PER_ADDRESS: '0', RATE_PER_SENDER: '0' }

/** An attack's run on an edge that believes an issuer of its own. */
function atAnEdge(attempt: (door: Door) => Promise<Verdict>): Attack['run'] {
  return async (context) => {
    const issuer = await startTestIssuer()
    try {
      return await atOwnEdge(context, { ...issuer.env, ...unlimited }, ({ url }) =>
        attempt({ issuer, statusOf: (token) => statusOf(url, token) }),
      )
    } finally {
      issuer.close()
    }
  }
}

async function statusOf(url: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-protobuf' }
  const body = new Uint8Array([255])
  const signal = AbortSignal.timeout(30_000)
  const answer = await fetch(`${url}/v1/telemetry`, { method: 'POST', headers, body, signal })
  await answer.arrayBuffer()
  return answer.status
}

const bikes = [randomUUID()]
const day = 86_400

const noAccessTokens: Attack = {
  name: 'tokens-for-other-purposes',
  found: 'ID tokens, tokens for others and tokens without an end in sight opened the doors',
  run: atAnEdge(async ({ issuer, statusOf }) => {
    mustWork('an access token passes', (await statusOf(await issuer.token({ bikes }))) === passes)
    const tokens = {
      'an ID token with a nonce': await issuer.token({ bikes, others: { nonce: 'n' } }),
      'an ID token with a hash of an access token': await issuer.token({ bikes, others: { at_hash: 'h' } }),
      'a token of ten years': await issuer.token({ bikes, expiresInS: 3_650 * day }),
      'a token said to be issued in the future': await issuer.token({
        ...{ bikes, expiresInS: 3_650 * day },
        others: { iat: Math.floor(Date.now() / 1_000) + 3_649 * day },
      }),
      'a token that ended': await issuer.token({ bikes, expiresInS: -60 }),
    }
    for (const [what, token] of Object.entries(tokens)) {
      const status = await statusOf(token)
      if (status !== 401) return falls(`${what} is answered with ${status}`)
    }
    return holds
  }),
}

const unknownKeys: Attack = {
  name: 'keys-that-nobody-knows',
  found: 'while the issuer was away, each token that named an unknown key made the platform ask for it',
  run: atAnEdge(async ({ issuer, statusOf }) => {
    const good = async () => statusOf(await issuer.token({ bikes, subject: randomUUID() }))
    mustWork('an access token passes', (await good()) === passes)
    issuer.goAway()
    const before = issuer.questions()
    const beganMs = Date.now()
    for (let n = 0; n < 20; n++) {
      const tokens = await Promise.all(
        Array.from({ length: 15 }, () => issuer.token({ bikes, keyId: randomUUID() })),
      )
      await Promise.all(tokens.map(statusOf))
    }
    const asked = issuer.questions() - before
    // The pause doubles from a second on: in n seconds there are less than 2 + log2(n) questions.
    const most = 2 + Math.log2(2 + (Date.now() - beganMs) / 1_000)
    if (asked > most) return falls(`300 tokens made it ask ${asked} times`)
    const status = await good()
    return status === passes ? holds : falls(`a rider whose key is known is answered with ${status}`)
  }),
}

export const tokenAttacks: readonly Attack[] = [noAccessTokens, unknownKeys]
