// Tokens of the local issuer, for whoever plays a rider, a member of staff or a partner.
import { type Role, staffRoles } from '../core/api/roles.ts'

export interface TokenRequest {
  readonly subject: string
  readonly bikes?: readonly string[]
  readonly roles?: readonly Role[]
  /** With the role `partner`: whom the caller speaks for. */
  readonly partner?: string
}

/** A member of staff with all roles. Who needs one of them asks for that one. */
export const anyStaff = { subject: 'lena', roles: staffRoles } as const satisfies TokenRequest

const answeredWithinMs = 10_000

/** Rejects when the issuer gives none. */
export async function requestToken(tokenUrl: string, request: TokenRequest): Promise<string> {
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(answeredWithinMs),
  })
  if (!response.ok) throw new Error(`the issuer gave no token: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { access_token: string }).access_token
}
