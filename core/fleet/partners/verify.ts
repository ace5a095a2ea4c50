// Whether a record of manufacturing.events was sealed by a registered key, and whether that was believed when we received it. Pure.
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import type { Doubt, ReceivedStatement } from '../statements/records.ts'
import { isSealedBy, openSeal } from '../statements/seal.ts'
import type { PartnerFact, Proven, VerifyingKey } from './port.ts'

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

/** A seal is right whatever became of its key: a statement that was stored before stands when the topic is read again. */
export function verify(
  { opened }: Pick<OpenedRecord, 'opened'>,
  keys: ReadonlyMap<string, VerifyingKey>,
): Verified {
  if (opened.kind === 'unsealed') return { kind: 'unsealed' }
  if (opened.kind === 'invalid') return invalid(opened.detail)
  const key = keys.get(opened.keyId)
  if (key === undefined) return { kind: 'unverified', keyId: opened.keyId }
  if (!isSealedBy(opened, key.publicKey)) return invalid(`key ${key.keyId} did not sign it`)
  return { kind: 'proven', proven: { payload: opened.payload, key } }
}

interface KnownPartners {
  partner(partnerId: string): PartnerFact | undefined
}

/**
 * Why the key was not believed when we received the record: never by times in the statement, since a thief of a key says any time.
 * `partners` are read under their lock, so whoever distrusts a key meanwhile finds the statement, or is found here.
 *
 *     {distrustedFromMs: 100}, received at 100 → key_distrusted
 */
export function doubtOfKey(
  { speaker, receivedAtMs }: Pick<ReceivedStatement, 'speaker' | 'receivedAtMs'>,
  partners: KnownPartners,
): Doubt | undefined {
  if (speaker.provenance !== 'sealed') return undefined
  const { partnerId, keyId } = speaker
  const key = partners.partner(partnerId)?.keys.find((each) => each.keyId === keyId)
  if (key === undefined) return undefined
  const doubt = (reason: Doubt['reason'], fault: string) => ({ reason, detail: `key ${keyId} ${fault}` })
  if (receivedAtMs >= key.distrustedFromMs) return doubt('key_distrusted', 'was distrusted when it came')
  if (receivedAtMs < key.validFromMs) return doubt('seal_invalid', 'was not valid yet when it came')
  return receivedAtMs >= key.validUntilMs
    ? doubt('seal_invalid', 'was not valid any more when it came')
    : undefined
}

const invalid = (detail: string) => ({ kind: 'invalid', doubt: { reason: 'seal_invalid', detail } }) as const
