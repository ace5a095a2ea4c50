// The maker's login service, asked by OpenID Connect: code flow with PKCE (RFC 7636), state and nonce.
import * as oidc from 'openid-client'
import { type Failure, SignInError } from './outcomes.ts'

export interface LoginServiceOptions {
  /** Its address, where `/.well-known/openid-configuration` begins. Only on this machine it may be http. */
  readonly issuerUrl: string
  readonly clientId: string
  /** Of a client that the login service knows by one; PKCE is used in either case. */
  readonly clientSecret?: string | undefined
  /** `openid`, and what else makes its access tokens those of the API. */
  readonly scope: string
  /** Where it sends the rider back to. */
  readonly redirectUri: string
}

/** Known to the browser alone, sealed, until the rider comes back. */
export interface Attempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

interface SignedIn {
  readonly riderId: string
  readonly name: string
  readonly accessToken: string
  /** Of the access token; undefined where the login service does not say. */
  readonly lifetimeS: number | undefined
}

export interface LoginService {
  /** The address that the browser is sent to. Rejects with a SignInError. */
  begin(attempt: Attempt): Promise<URL>
  /** `query` is what the browser came back with. Rejects with a SignInError. */
  finish(attempt: Attempt, query: string): Promise<SignedIn>
}

const timeoutS = 5
const loopback = ['127.0.0.1', 'localhost', '[::1]']

/** `http://127.0.0.1:4000` and every https address: what is sent there is read by nobody on the way. */
export function isPrivateTo(address: string): boolean {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || loopback.includes(hostname)
}

export const newAttempt = (): Attempt => ({
  state: oidc.randomState(),
  nonce: oidc.randomNonce(),
  verifier: oidc.randomPKCECodeVerifier(),
})

export function createLoginService(options: LoginServiceOptions): LoginService {
  const { issuerUrl, clientId, clientSecret, scope, redirectUri } = options
  let known: Promise<oidc.Configuration> | undefined

  /** Asked once; a failure is not remembered. */
  const configuration = () => {
    known ??= oidc.discovery(
      new URL(issuerUrl),
      clientId,
      undefined,
      clientSecret ? oidc.ClientSecretBasic(clientSecret) : oidc.None(),
      {
        timeout: timeoutS,
        execute: issuerUrl.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
      },
    )
    return known.catch((error: unknown) => {
      known = undefined
      throw failed(error)
    })
  }

  return {
    async begin({ state, nonce, verifier }) {
      return oidc.buildAuthorizationUrl(await configuration(), {
        ...{ redirect_uri: redirectUri, scope, state, nonce },
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
    },
    async finish({ state, nonce, verifier }, query) {
      const address = new URL(redirectUri)
      address.search = query
      if (address.searchParams.get('state') !== state) throw new SignInError('stale')
      const tokens = await oidc
        .authorizationCodeGrant(await configuration(), address, {
          ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
        })
        .catch((error: unknown) => {
          throw failed(error)
        })
      const claims = tokens.claims()
      if (claims === undefined) throw new SignInError('unreadable')
      const name = [claims.name, claims.preferred_username].find((word) => typeof word === 'string')
      return {
        riderId: claims.sub,
        name: shown(String(name ?? claims.sub)),
        accessToken: tokens.access_token,
        lifetimeS: tokens.expiresIn(),
      }
    },
  }
}

/** Without what is not seen, and of a length that fits a line. */
const shown = (name: string): string => name.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '').slice(0, 80)

function failed(error: unknown): SignInError {
  return new SignInError(failureOf(error), { cause: error })
}

function failureOf(error: unknown): Failure {
  if (error instanceof oidc.AuthorizationResponseError)
    return error.error === 'access_denied' ? 'cancelled' : 'refused'
  if (error instanceof oidc.ResponseBodyError) return error.error === 'invalid_grant' ? 'stale' : 'refused'
  if (!(error instanceof oidc.ClientError)) return 'away'
  return unreachable.has(error.code ?? '') ? 'away' : 'unreadable'
}

/** No answer in time, or none of a login service that works. */
const unreachable = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM'])
