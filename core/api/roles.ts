// Who may call a route: part of its definition, so the contract says it and core/api/guard.ts enforces it.

/** Of members of staff. No role contains another. */
export const staffRoles = ['read', 'command', 'decide', 'approve'] as const
/**
 * In the claim `roles` of a token: besides those of staff, `login` of login services, `partner` of plants and dealers, and
 * `third_party` of whoever reads bikes by grants of their riders.
 */
export const roles = [...staffRoles, 'login', 'partner', 'third_party'] as const
export type Role = (typeof roles)[number]

/** Opened all of `/v1/fleet` once, and opens nothing now. */
export const retiredRole = 'service'

/** An answer to staff shows data of riders: then a reason is asked for, and the access is logged. Or it says why it shows nobody's. */
type Shows = { readonly personal: true } | { readonly noPerson: string }

/** `...forRole('read', { personal: true })` in a route's definition: only for tokens with that role. */
export const forRole = (role: Role, shows: Shows) => ({
  security: [{ bearer: [role as string] }],
  ...extensionsOf(shows),
})

/** For every token: the handler answers the owner, and callers with the role. */
export const forOwnerOr = (role: Role, shows: Shows) => ({
  security: [{ bearer: [] }, { bearer: [role as string] }],
  ...extensionsOf(shows),
})

const extensionsOf = (shows: Shows) =>
  'noPerson' in shows
    ? { 'x-personal-data': false, 'x-no-person-because': shows.noPerson }
    : { 'x-personal-data': true }

interface Definition {
  readonly operationId?: string | undefined
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[] | undefined
  readonly 'x-personal-data'?: unknown
}

export interface Right {
  readonly operation: string
  /** Opens the route, or every bike on it. */
  readonly role: Role | undefined
  /** Undefined where any token will do. */
  readonly required: Role | undefined
  readonly isPersonal: boolean
}

/** `{operationId: 'readBike', security: [{bearer: ['read']}]}  →  {operation: 'readBike', role: 'read', required: 'read', …}` */
export function rightOf(definition: Definition): Right {
  const { operationId: operation = '', security = [] } = definition
  const alternatives = security.map(({ bearer = [] }) => bearer)
  const role = roles.find((each) => alternatives.flat().includes(each))
  const required = alternatives.some((needed) => needed.length === 0) ? undefined : role
  return { operation, role, required, isPersonal: definition['x-personal-data'] === true }
}
