// The tokens of the development issuer: access tokens for the platform, ID tokens for pages that people sign in to.
import { SignJWT } from 'jose'
import type { Logger } from 'pino'
import type { IssuerKey } from './key.ts'
import { ownedBikes } from './owned-bikes.ts'

const lifetimeS = 3_600
const identityLifetimeS = 300

export interface TokenOptions {
  readonly key: IssuerKey
  /** The claims `iss` and `aud` of access tokens. ID tokens are issued by the server's own address, for the client. */
  readonly accessTokens: { readonly issuer: string; readonly audience: string }
  /** Where ownership is read; without it tokens name only the bikes that were asked for. */
  readonly apiUrl: string | undefined
  readonly log: Pick<Logger, 'warn'>
}

interface AccessRequest {
  readonly subject: string
  /** Those that the rider owns by default. */
  readonly bikes?: readonly string[] | undefined
  readonly roles?: readonly string[] | undefined
  readonly partner?: string | undefined
}

interface IdentityRequest {
  /** The issuer's own address. */
  readonly issuer: string
  readonly clientId: string
  readonly subject: string
  readonly nonce: string | undefined
}

export function createTokens({ key, accessTokens, apiUrl, log }: TokenOptions) {
  const sign = (claims: Record<string, unknown>, lifetime: number) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: key.publicJwk.kid ?? '', typ: 'JWT' })
      .setIssuedAt()
      .setExpirationTime(`${lifetime} s`)
      .sign(key.privateKey)

  const signAccess = (subject: string, claims: Record<string, unknown>) =>
    sign({ iss: accessTokens.issuer, aud: accessTokens.audience, sub: subject, ...claims }, lifetimeS)

  /** As the API knows them. A token without bikes is of use, too: for reading, and for claiming the first one. */
  async function bikesOf({ subject, roles }: AccessRequest): Promise<readonly string[]> {
    if (apiUrl === undefined || roles !== undefined) return []
    const token = await signAccess('issuer', { roles: ['login'] })
    return ownedBikes(apiUrl, { riderId: subject, token }).catch((error: unknown) => {
      log.warn({ err: error }, 'the API does not tell who owns what: the token names no bike')
      return []
    })
  }

  return {
    /** `{subject: 'rider-1'}  →  {access_token: '…', token_type: 'Bearer', expires_in: 3600}` */
    async access(request: AccessRequest) {
      const { subject, roles, partner, bikes = await bikesOf(request) } = request
      const token = await signAccess(subject, { bikes, ...(roles && { roles }), ...(partner && { partner }) })
      return { access_token: token, token_type: 'Bearer', expires_in: lifetimeS }
    },
    identity: ({ issuer, clientId, subject, nonce }: IdentityRequest) =>
      sign({ iss: issuer, aud: clientId, sub: subject, ...(nonce && { nonce }) }, identityLifetimeS),
  }
}
