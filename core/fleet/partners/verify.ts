// Whether a record of manufacturing.events was sealed by a registered key that was believed when we received it. Pure.
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import type { Doubt, Proven } from '../statements/records.ts'
import { isSealedBy, openSeal, type Seal } from '../statements/seal.ts'
import type { VerifyingKey } from './port.ts'

export type OpenedRecord = { readonly record: KafkaRecord; readonly opened: ReturnType<typeof openSeal> }

export type Verified =
  | { readonly kind: 'proven'; readonly proven: Proven }
  | { readonly kind: 'unsealed' }
  /** Nobody has registered its key. */
  | { readonly kind: 'unverified'; readonly keyId: string }
  | { readonly kind: 'invalid'; readonly doubt: Doubt }

export const openRecord = (record: KafkaRecord, audience: string): OpenedRecord => ({
  record,
  opened: openSeal(record.value ?? new Uint8Array(), audience),
})

/** The keys that are needed to verify the records. */
export function keyIdsOf(records: readonly OpenedRecord[]): string[] {
  return [...new Set(records.flatMap(({ opened }) => (opened.kind === 'sealed' ? opened.keyId : [])))]
}

/**
 * A seal of a key that was not believed when the record came is right all the same: a statement that was stored before stands
 * when the topic is read again. So its doubt comes with it.
 */
export function verify({ record, opened }: OpenedRecord, keys: ReadonlyMap<string, VerifyingKey>): Verified {
  if (opened.kind === 'unsealed') return { kind: 'unsealed' }
  if (opened.kind === 'invalid') return invalid(opened.detail)
  const key = keys.get(opened.keyId)
  if (key === undefined) return { kind: 'unverified', keyId: opened.keyId }
  if (!isSealedBy(opened, key.publicKey)) return invalid(`key ${key.keyId} did not sign it`)
  return { kind: 'proven', proven: provenBy(key, opened, record.timestampMs) }
}

function provenBy(key: VerifyingKey, { payload }: Seal, receivedAtMs: number): Proven {
  const detail = distrust(key, receivedAtMs)
  return {
    payload,
    key,
    doubt: detail === undefined ? undefined : { reason: 'seal_invalid', detail },
  }
}

/** By our receipt, since a thief of a key says any time. */
function distrust(key: VerifyingKey, receivedAtMs: number): string | undefined {
  const { keyId, validFromMs, validUntilMs, distrustedFromMs } = key
  if (receivedAtMs >= distrustedFromMs) return `key ${keyId} was distrusted when it came`
  if (receivedAtMs < validFromMs) return `key ${keyId} was not valid yet when it came`
  return receivedAtMs >= validUntilMs ? `key ${keyId} was not valid any more when it came` : undefined
}

const invalid = (detail: string) => ({ kind: 'invalid', doubt: { reason: 'seal_invalid', detail } }) as const
