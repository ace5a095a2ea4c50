// Who may call a route: part of its definition, so the contract says it and core/api/guard.ts enforces it.

/** Of members of staff. No role contains another. */
export const staffRoles = ['read', 'command', 'decide', 'approve'] as const
/** In the claim `roles` of a token: besides those of staff, `login` of login services and `partner` of plants and dealers. */
export const roles = [...staffRoles, 'login', 'partner'] as const
export type Role = (typeof roles)[number]

/** Opened all of `/v1/fleet` once, and opens nothing now. */
export const retiredRole = 'service'

/** `...forRole('read')` in a route's definition: only for tokens with that role. */
export const forRole = (role: Role) => ({ security: [{ bearer: [role as string] }] })

/** For every token: the handler answers the owner, and callers with the role. */
export const forOwnerOr = (role: Role) => ({ security: [{ bearer: [] }, { bearer: [role as string] }] })

interface Requirement {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
}

/** Undefined where any token will do. `{security: [{bearer: ['read']}]}  →  'read'` */
export function requiredRole({ security = [] }: Requirement): Role | undefined {
  const alternatives = security.map(({ bearer = [] }) => bearer)
  if (alternatives.length === 0 || alternatives.some((needed) => needed.length === 0)) return undefined
  const [role] = alternatives.flat()
  return roles.find((each) => each === role)
}
