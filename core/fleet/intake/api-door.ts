// Statements that a partner says through the API: checked, then sealed with the platform's own key, in the partner's name.
import { type JsonValue, toBinary } from '@bufbuild/protobuf'
import { claimCode, claimCodeCharacters } from '../../../proto/codec/claim-code.ts'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { RecordProducer } from '../../engines/kafka/port.ts'
import { within } from '../../runtime/back-off.ts'
import { createHash, sign } from '../../runtime/digest.ts'
import { cutText } from '../../runtime/foreign-text.ts'
import { fieldFindings } from '../judging/rules/fields.ts'
import type { PartnerStore } from '../partners/port.ts'
import { withoutRider } from '../statements/json.ts'
import { readStatementJson } from '../statements/read.ts'
import { type Sealing, sealedRecord } from '../statements/seal.ts'
import { statementId } from '../statements/statement-id.ts'
import type { SaidStatement, TakenBatch, TakenStatement } from './port.ts'

export interface ApiDoorDeps {
  readonly partners: Pick<PartnerStore, 'find'>
  readonly producer: Pick<RecordProducer, 'send'>
  readonly topic: string
  /** The platform's own key. */
  readonly sealing: Sealing
}

const sentWithinMs = 10_000
const longestDetail = 300

/** Rejects when Kafka does not take the statements in time; some may be there then, and the same request says all of them again. */
export function createApiDoor({ partners, producer, topic, sealing }: ApiDoorDeps) {
  return async (partnerId: string, said: readonly SaidStatement[]): Promise<TakenBatch> => {
    const partner = await partners.find(partnerId)
    if (partner === undefined) {
      return { refused: 'partner_unknown', detail: `nobody has registered ${partnerId}` }
    }
    const kinds = partner.grants.filter(({ door }) => door === 'api').map(({ kind }) => kind)
    if (kinds.length === 0) {
      return { refused: 'door_closed', detail: `no grant of ${partnerId} names the API as its door` }
    }
    const { taken, events } = planBatch(said, { partnerId, kinds, sealing })
    const records = events.map((event) => sealedRecord(event, { topic, sealing }))
    if (records.length > 0) await within(producer.send(records), sentWithinMs, 'writing statements')
    return taken
  }
}

interface Speaking {
  readonly partnerId: string
  /** What the partner may say through the API. */
  readonly kinds: readonly string[]
  readonly sealing: Sealing
}

/** A statement in another's name refuses the whole batch: whoever sends it takes one partner for another. */
export function planBatch(
  said: readonly SaidStatement[],
  speaking: Speaking,
): { readonly taken: TakenBatch; readonly events: readonly ManufacturingEvent[] } {
  const planned = said.map((each) => planStatement(each, speaking))
  const foreign = planned.find(({ event }) => event !== undefined && event.source !== speaking.partnerId)
  if (foreign?.event !== undefined) {
    const source = cutText(foreign.event.source, 64)
    const detail = `a statement is in the name of ${source}, the token in that of ${speaking.partnerId}`
    return { taken: { refused: 'source_foreign', detail }, events: [] }
  }
  const accepted = planned.filter(({ taken }) => taken.outcome === 'accepted')
  return {
    taken: { statements: planned.map(({ taken }) => taken) },
    events: accepted.flatMap(({ event }) => event ?? []),
  }
}

interface PlannedStatement {
  readonly taken: TakenStatement
  /** Undefined where nobody can read it. */
  readonly event?: ManufacturingEvent
}

function planStatement(
  { statement, makeClaimCode }: SaidStatement,
  { partnerId, kinds, sealing }: Speaking,
): PlannedStatement {
  const read = readStatementJson(statement as JsonValue)
  if (read.kind === 'unreadable') return { taken: refused('statement_invalid', read.detail) }
  const event = withoutRider(read.event)
  const [fault] = fieldFindings(event)
  if (fault !== undefined) return { taken: refused('statement_invalid', fault.detail), event }
  const kind = event.event.case ?? ''
  if (!kinds.includes(kind)) {
    const detail = `${partnerId} may not say ${kind} through the API`
    return { taken: refused('outside_grant', detail), event }
  }
  const { eventId } = event
  const accepted = { outcome: 'accepted', eventId, statementId: statementId(partnerId, eventId) } as const
  if (!makeClaimCode) return { taken: accepted, event }
  const code = issueCode(event, sealing)
  if (code === undefined) {
    const detail =
      'the platform makes a code for a bikeSold without one (claimCodeSha256), and for nothing else'
    return { taken: refused('statement_invalid', detail), event }
  }
  return { taken: { ...accepted, claimCode: code }, event }
}

const refused = (reason: 'statement_invalid' | 'outside_grant', detail: string) =>
  ({ outcome: 'refused', reason, detail: cutText(detail, longestDetail) }) as const

/**
 * In place: the sale gets the digest of the code. Undefined where it is none, or has one.
 *
 * The same sale has the same code: a partner whose answer was lost asks again and gets it, and the statement stays the same. Without
 * the platform's key nobody can tell it, since it follows from a signature, which is deterministic (RFC 8032) and told to nobody.
 */
function issueCode(sale: ManufacturingEvent, { privateKey }: Sealing): string | undefined {
  const { event } = sale
  if (event.case !== 'bikeSold' || event.value.claimCodeSha256.length > 0) return undefined
  const said = Buffer.concat([Buffer.from('claim code\n'), toBinary(ManufacturingEventSchema, sale)])
  const secret = sha256(sign(null, said, privateKey))
  const code = claimCode(secret.subarray(0, 16))
  event.value.claimCodeSha256 = new Uint8Array(sha256(claimCodeCharacters(code) ?? ''))
  return code
}

const sha256 = (input: string | Uint8Array) => createHash('sha256').update(input).digest()
