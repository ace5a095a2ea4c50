// Partners of tests: every source has a key that follows from its name, so any process of a test can seal in its name.
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { toBinary } from '@bufbuild/protobuf'
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { createPartnerStore } from '../core/engines/postgres/fleet/partner-store.ts'
import { relations } from '../core/fleet/judging/rules/provenance.ts'
import type { Grant, PartnerFact, PartnerRole, VerifyingKey } from '../core/fleet/partners/port.ts'
import { statementKinds } from '../core/fleet/statements/said.ts'
import { keyIdOf, publicKeyBytes, seal } from '../core/fleet/statements/seal.ts'
import { statementId } from '../core/fleet/statements/statement-id.ts'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../proto/gen/mobility/fleet/v1/manufacturing_pb.js'

export const testAudience = 'fleet.test'

export interface TestPartner extends PartnerFact {
  readonly key: VerifyingKey
  readonly privateKey: KeyObject
}

const roles: Readonly<Record<string, PartnerRole>> = { plant: 'plant', oem: 'oem', dealer: 'dealer' }
/** DER of a private key in PKCS #8 up to the 32 bytes of an Ed25519 key (RFC 8410). */
const keyHead = Buffer.from('302e020100300506032b657004220420', 'hex')

/** With all grants that its role may have. `which` tells its keys apart. */
export function testPartner(partnerId: string, which = 0): TestPartner {
  const name = `${partnerId} ${which}`
  const known = partners.get(name) ?? makePartner(partnerId, name)
  partners.set(name, known)
  return known
}

const partners = new Map<string, TestPartner>()

function makePartner(partnerId: string, name: string): TestPartner {
  const bytes = createHash('sha256').update(name).digest()
  const privateKey = createPrivateKey({
    ...{ key: Buffer.concat([keyHead, bytes]), format: 'der', type: 'pkcs8' },
  })
  const publicKey = publicKeyBytes(privateKey)
  if (publicKey === undefined) throw new Error('no Ed25519 key')
  const role = roles[partnerId.split(':')[0] ?? ''] ?? 'workshop'
  const times = {
    validFromMs: Number.NEGATIVE_INFINITY,
    validUntilMs: Number.POSITIVE_INFINITY,
    distrustedFromMs: Number.POSITIVE_INFINITY,
  }
  const owner = { partnerId, speaksFor: [partnerId], door: 'key' } as const
  const key: VerifyingKey = { keyId: keyIdOf(publicKey), ...owner, publicKey, ...times }
  return { partnerId, role, grants: everyGrant(role), keys: [key], key, privateKey }
}

export const everyGrant = (role: PartnerRole): Grant[] =>
  statementKinds
    .filter((kind) => role in relations[kind])
    .map((kind) => ({ door: 'key', kind, brand: '*', plant: '*' }))

/** What a record of manufacturing.events holds. */
export function sealedBy(
  { privateKey, key: { keyId } }: Pick<TestPartner, 'privateKey' | 'key'>,
  payload: Uint8Array,
  audience = testAudience,
): Buffer {
  return Buffer.from(seal(payload, { privateKey, keyId, audience }))
}

/** By the source itself. */
export const sealedStatement = (
  said: ManufacturingEvent,
  payload: Uint8Array = toBinary(ManufacturingEventSchema, said),
) => sealedBy(testPartner(said.source), payload)

/** The id under which a sealed statement is stored. */
export const storedId = ({ source, eventId }: { source: string; eventId: string }) =>
  statementId(source, eventId)

export async function registerPartners(sql: Sql, partnerIds: Iterable<string>): Promise<void> {
  const store = createPartnerStore(sql)
  for (const partnerId of new Set(partnerIds)) {
    const partner = testPartner(partnerId)
    await store.register(partner)
    await store.addKey(partner.key)
    await store.grant(partnerId, partner.grants)
  }
}
