// Partners (plants, OEMs, dealers, workshops) with their keys and grants, and how a statement was proven.
import type { StatementKind } from '../statements/said.ts'

export const partnerRoles = ['plant', 'oem', 'dealer', 'workshop'] as const
export type PartnerRole = (typeof partnerRoles)[number]

/** `key`: the partner's own key sealed it. `api`: the platform did, for a partner that showed its token. */
export const doors = ['key', 'api'] as const
export type Door = (typeof doors)[number]

/** Which statements a partner may make through a door, of which brands (`BikeProduced.oem`) and plants; `*` stands for all. */
export interface Grant {
  readonly door: Door
  readonly kind: StatementKind
  readonly brand: string
  readonly plant: string
}

export interface PartnerFact {
  /** The source of its statements, such as `plant:zwickau`. */
  readonly partnerId: string
  readonly role: PartnerRole
  readonly grants: readonly Grant[]
  /** Its own, and the platform's, which seal for it at the API. */
  readonly keys: readonly PartnerKey[]
}

/** All times are compared with our receipt of a record. Infinite where open. */
export interface PartnerKey {
  /** JWK thumbprint of the public key, in base64url. */
  readonly keyId: string
  /** Null: the platform's own (door `api`), which seals for partners that showed their token. */
  readonly partnerId: string | null
  readonly door: Door
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly validFromMs: number
  readonly validUntilMs: number
  /** Nothing that was received from then on is believed. */
  readonly distrustedFromMs: number
}

/** A key as seals are verified with it. */
export interface VerifyingKey extends PartnerKey {
  /** In whose name it seals: its partner, or, with the platform's own key, every partner. */
  readonly speaksFor: readonly string[]
}

/** Who speaks in a statement, and how that is known. */
export type Speaker =
  | { readonly provenance: 'sealed'; readonly partnerId: string; readonly keyId: string; readonly door: Door }
  /** Nobody has proven who said it. */
  | { readonly provenance: 'unsealed' }
  /** It was applied before records were sealed. */
  | { readonly provenance: 'legacy' }
  /** Staff corrected it, and answers for it. */
  | { readonly provenance: 'staff' }

/** What a seal holds, and who sealed it. */
export interface Proven {
  readonly payload: Uint8Array
  readonly key: VerifyingKey
}

/** A sealed record whose key is not registered. */
export interface UnverifiedRecord {
  /** Topic, partition and offset. */
  readonly record: string
  readonly keyId: string
  readonly recordKey: Uint8Array | null
  readonly value: Uint8Array
  readonly receivedAtMs: number
}

/** The store by which the fleet worker decides whether a record is to be believed. */
export interface SealStore {
  /** The registered ones of these keys. */
  keys(keyIds: readonly string[]): Promise<readonly VerifyingKey[]>
  /** Keeps records until their keys are registered. Returns those for which there is no room: `most` are kept in all. */
  keepUnverified(
    records: readonly UnverifiedRecord[],
    most: { readonly records: number; readonly bytes: number },
  ): Promise<readonly UnverifiedRecord[]>
  /** Kept records whose keys are registered by now, oldest first. */
  verifiable(limit: number): Promise<readonly UnverifiedRecord[]>
  /** They were taken in. */
  dropUnverified(records: readonly string[]): Promise<void>
  countUnverified(): Promise<number>
}

/** Kept records by key. */
export interface WaitingKey {
  readonly keyId: string
  readonly records: number
  readonly oldestMs: number
}

/** For the operator. Whatever waits for a change becomes due with it. */
export interface PartnerStore {
  /** False where the partner is registered with another role. */
  register(partner: Pick<PartnerFact, 'partnerId' | 'role'>): Promise<boolean>
  /** With their own keys. */
  list(): Promise<readonly PartnerFact[]>
  find(partnerId: string): Promise<PartnerFact | undefined>
  /** The platform's own. */
  platformKeys(): Promise<readonly PartnerKey[]>
  /** `key_taken`: the key is another partner's, or of another door. Adding it again changes nothing, and no distrust ends. */
  addKey(key: PartnerKey): Promise<'added' | 'known' | 'distrusted' | 'key_taken' | 'partner_unknown'>
  /** Ends the key's validity. False where it is unknown. */
  endKey(keyId: string, validUntilMs: number): Promise<boolean>
  grant(partnerId: string, grants: readonly Grant[]): Promise<void>
  withdraw(partnerId: string, grants: readonly Grant[]): Promise<number>
  waiting(): Promise<readonly WaitingKey[]>
}
