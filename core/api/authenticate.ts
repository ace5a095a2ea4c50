// Who asks: the subject of a bearer token of the configured issuer, and the roles in it.
import type { JWTPayload } from 'jose'
import { type AccessTokenRules, verifyAccessToken } from '../../edge/tokens/access-token.ts'
import type { Authenticate, Caller } from './port.ts'
import type { Problem } from './problem.ts'
import { retiredRole, roles, staffRoles } from './roles.ts'

const maxPartnerChars = 255

export function createAuthenticate(rules: AccessTokenRules): Authenticate {
  return async (authorization) => {
    const token = /^Bearer +([^ ]+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) {
      return { reason: 'token_missing', detail: 'send `Authorization: Bearer <token>`' }
    }
    const verdict = await verifyAccessToken(token, rules)
    if (verdict.ok) return callerOf(verdict.subject, verdict.claims)
    const { reason, detail } = verdict
    return { reason: reason === 'keys_unavailable' ? reason : 'token_invalid', detail }
  }
}

/** `{roles: ['read', 'odd']}  →  {subject, roles: {'read'}}` */
function callerOf(subject: string, claims: JWTPayload): Caller | Problem {
  const claimed: readonly unknown[] = Array.isArray(claims.roles) ? claims.roles : []
  const { partner } = claims
  const isPartner = typeof partner === 'string' && partner !== '' && partner.length <= maxPartnerChars
  const held = roles.filter((role) => claimed.includes(role) && (role !== 'partner' || isPartner))
  if (held.length === 0 && claimed.includes(retiredRole)) return retired
  if (held.length === 0 && saysRoleElsewhere(claims)) return misplaced
  return { subject, roles: new Set(held), ...(held.includes('partner') && { partner: String(partner) }) }
}

/** `role: 'read'`, `role: ['read']` or `roles: 'read'`; other words there are a login service's own. */
function saysRoleElsewhere({ role, roles: claimed }: JWTPayload): boolean {
  const words: readonly unknown[] = [Array.isArray(claimed) ? undefined : claimed, role].flat()
  return [...roles, retiredRole].some((known) => words.includes(known))
}

const misplaced: Problem<'role_missing'> = {
  reason: 'role_missing',
  detail:
    'roles are told by the claim `roles`, a list such as `"roles": ["read"]`; neither `role` nor a text is one',
}

const retired: Problem<'role_missing'> = {
  reason: 'role_missing',
  detail: `the role \`${retiredRole}\` opens nothing any more; staff have the roles ${staffRoles.map((role) => `\`${role}\``).join(', ')}`,
}
