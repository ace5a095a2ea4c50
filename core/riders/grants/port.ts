// Grants, by which a rider lets a third party read a bike: an insurer, a workshop, an app of somebody else.

/** `state`: the latest state, and live. `rides`: rides that began since `ridesFromMs`, with streams and files. */
export const grantScopes = ['state', 'rides'] as const
export type GrantScope = (typeof grantScopes)[number]

export interface BikeGrant {
  readonly grantId: string
  readonly bikeId: string
  /** The subject of the third party's tokens. */
  readonly grantee: string
  readonly scopes: readonly GrantScope[]
  readonly grantedAtMs: number
  readonly untilMs: number
  readonly ridesFromMs: number
  /** When it was revoked, or the bike was no longer the rider's; undefined while it holds or ran out by itself. */
  readonly endedAtMs?: number | undefined
  readonly holds: boolean
}

type GrantRefusal = 'not_owner' | 'too_many_grants'

export interface BikeGrants {
  /** Newest first, at most `limit`. */
  ofOwner(bikeId: string, riderId: string, limit: number): Promise<readonly BikeGrant[]>
  /** Those that hold, newest first, at most `limit`. */
  ofGrantee(grantee: string, limit: number): Promise<readonly BikeGrant[]>
  give(asked: {
    readonly bikeId: string
    readonly riderId: string
    readonly grantee: string
    readonly scopes: readonly GrantScope[]
    readonly untilMs: number
    /** Now where it is undefined. */
    readonly ridesFromMs: number | undefined
  }): Promise<BikeGrant | { readonly refused: GrantRefusal }>
  /** Returns false where the rider gave no such grant. Revoking once more changes nothing. */
  revoke(asked: {
    readonly bikeId: string
    readonly riderId: string
    readonly grantId: string
  }): Promise<boolean>
  /** The rider of the bike who grants this now; undefined when nobody does. */
  granterOf(bikeId: string, grantee: string, scope: GrantScope): Promise<string | undefined>
  /** Of several that hold the one that reaches furthest back; undefined where none does. */
  ridesGrantOf(bikeId: string, grantee: string): Promise<RidesGrant | undefined>
}

/** What a grant of the scope `rides` opens. */
export interface RidesGrant {
  readonly riderId: string
  readonly ridesFromMs: number
  /** 32 random bytes, with which ids of rides are made (own-data/shared-ride-id.ts). */
  readonly rideKey: Uint8Array
}

/** Grants of a bike that hold at once. */
export const mostGrants = 50
