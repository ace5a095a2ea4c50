// Receives records of manufacturing.events: who says each is proven first, by keys that are registered.
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { type Doubt, type ReceivedStatement, receiptMs, receive, recordName } from '../statements/records.ts'
import type { SealStore } from './port.ts'
import { keyIdsOf, openRecord, type Verified, verify } from './verify.ts'

/** Sealed records without a registered key that are kept, in all. */
const mostUnverified = { records: 10_000, bytes: 64 * 1024 * 1024 }

export interface ReceiveDeps {
  readonly seals: Pick<SealStore, 'keys' | 'keepUnverified'>
  /** This installation, as seals name it. */
  readonly audience: string
  /** What becomes of a statement without a seal that is not stored yet. */
  readonly unsealed: 'refuse' | 'hold'
}

export interface ReceivedRecords {
  readonly received: readonly ReceivedStatement[]
  /** Nobody knows who says what they hold. */
  readonly refused: readonly { readonly record: KafkaRecord; readonly doubt: Doubt }[]
  /** What was in the seal, by the record's name; of unsealed records all of it. */
  readonly contents: ReadonlyMap<string, KafkaRecord>
  /** Kept until somebody registers their keys. */
  readonly unverified: number
}

/** A record whose key is not registered is kept, and received again once it is. */
export async function receiveRecords(
  batch: readonly KafkaRecord[],
  { seals, audience, unsealed }: ReceiveDeps,
): Promise<ReceivedRecords> {
  const opened = batch.map((record) => openRecord(record, audience))
  const keyIds = keyIdsOf(opened)
  const known = keyIds.length === 0 ? [] : await seals.keys(keyIds)
  const keys = new Map(known.map((key) => [key.keyId, key]))
  const verified = opened.map((each) => ({ record: each.record, found: verify(each, keys) }))
  const { crowded, unverified } = await keepUnverified(verified, seals)
  const received = verified.flatMap(({ record, found }) => {
    if (found.kind === 'proven') return [receive(record, found.proven)]
    return found.kind === 'unsealed' ? [withoutSeal(receive(record), unsealed)] : []
  })
  const invalid = verified.flatMap(({ record, found }) =>
    found.kind === 'invalid' ? [{ record, doubt: found.doubt }] : [],
  )
  return { received, refused: [...invalid, ...crowded], contents: contentsOf(verified), unverified }
}

interface VerifiedRecord {
  readonly record: KafkaRecord
  readonly found: Verified
}

async function keepUnverified(verified: readonly VerifiedRecord[], seals: ReceiveDeps['seals']) {
  const unknown = verified.flatMap(({ record, found }) =>
    found.kind === 'unverified' ? [{ record, keyId: found.keyId }] : [],
  )
  if (unknown.length === 0) return { crowded: [], unverified: 0 }
  const kept = unknown.map(({ record, keyId }) => ({
    ...{ record: recordName(record), keyId, recordKey: record.key, value: record.value ?? new Uint8Array() },
    receivedAtMs: receiptMs(record),
  }))
  const left = new Set((await seals.keepUnverified(kept, mostUnverified)).map(({ record }) => record))
  const detail = 'its key is not registered, and there is no room to keep more such records'
  const crowded = unknown
    .filter(({ record }) => left.has(recordName(record)))
    .map(({ record }) => ({ record, doubt: { reason: 'seal_invalid', detail } as const }))
  return { crowded, unverified: unknown.length - crowded.length }
}

const withoutSeal = (statement: ReceivedStatement, unsealed: ReceiveDeps['unsealed']): ReceivedStatement =>
  unsealed === 'hold'
    ? statement
    : { ...statement, doubt: { reason: 'unsealed', detail: 'it has no seal, so nobody knows who says it' } }

function contentsOf(verified: readonly VerifiedRecord[]): Map<string, KafkaRecord> {
  return new Map(
    verified.map(({ record, found }) => {
      const value = found.kind === 'proven' ? Buffer.from(found.proven.payload) : record.value
      return [recordName(record), { ...record, value }]
    }),
  )
}
