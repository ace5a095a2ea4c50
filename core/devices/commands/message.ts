// Commands and acknowledgements between their bytes on the wire (proto/mobility/devices/v1) and our own terms.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  type CommandAck,
  CommandAckSchema,
  CommandSchema,
  CommandStage,
} from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { isUuid, uuidBytes, uuidText } from '../../../proto/index.ts'
import { settingsOnWire } from '../settings/message.ts'
import type { CommandAction } from './action.ts'
import type { ReportStage } from './life-cycle.ts'

export interface CommandContent {
  readonly commandId: string
  readonly bikeId: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly action: CommandAction
}

/** The payload of bikes/{bikeId}/commands; equal contents give equal bytes. */
export function encodeCommand({ commandId, bikeId, createdAtMs, expiresAtMs, action }: CommandContent) {
  const command = create(CommandSchema, {
    commandId: uuidBytes(commandId),
    bikeId: uuidBytes(bikeId),
    createdAtMs: BigInt(createdAtMs),
    expiresAtMs: BigInt(expiresAtMs),
    action: actionOnWire(action),
  })
  return toBinary(CommandSchema, command)
}

function actionOnWire(action: CommandAction): NonNullable<MessageInitShape<typeof CommandSchema>['action']> {
  switch (action.kind) {
    case 'lock':
      return { case: 'lock', value: {} }
    case 'unlock':
      return { case: 'unlock', value: {} }
    case 'light':
      return { case: 'light', value: { on: action.on } }
    case 'locate':
      return { case: 'locate', value: { durationS: action.durationS } }
    case 'assist_limit':
      return { case: 'assistLimit', value: { level: action.level } }
    case 'report_state':
      return { case: 'reportState', value: {} }
    case 'settings': {
      const { kind, version, ...values } = action
      return { case: 'applySettings', value: { version, settings: settingsOnWire(values) } }
    }
  }
}

const maxDetailChars = 200

/** A bike's report about a command. */
export interface CommandReport {
  readonly commandId: string
  readonly bikeId: string
  readonly stage: ReportStage
  /** For people, of the bike's making; at most 200 characters. */
  readonly detail: string
}

const stages: Partial<Record<CommandStage, ReportStage>> = {
  [CommandStage.ACKNOWLEDGED]: 'acknowledged',
  [CommandStage.EXECUTED]: 'executed',
  [CommandStage.REJECTED]: 'rejected',
  [CommandStage.EXPIRED]: 'expired',
  [CommandStage.FAILED]: 'failed',
}

type UnreadableReason = 'topic_invalid' | 'ack_undecodable' | 'ack_mismatch' | 'stage_unknown'

export type ReadReport =
  | { readonly ok: true; readonly report: CommandReport }
  | { readonly ok: false; readonly reason: UnreadableReason }

/** Reads an acknowledgement. The topic, which the broker has checked, says whose it is; the payload must agree. */
export function readReport(topic: { bikeId: string; commandId: string }, body: Uint8Array): ReadReport {
  const { bikeId, commandId } = topic
  if (!isUuid(bikeId) || !isUuid(commandId)) return { ok: false, reason: 'topic_invalid' }
  const ack = decodeAck(body)
  if (ack === undefined) return { ok: false, reason: 'ack_undecodable' }
  if (ack.commandId.length !== 16 || uuidText(ack.commandId) !== commandId.toLowerCase()) {
    return { ok: false, reason: 'ack_mismatch' }
  }
  const stage = stages[ack.stage]
  if (stage === undefined) return { ok: false, reason: 'stage_unknown' }
  const detail = printable(ack.detail)
  return {
    ok: true,
    report: { commandId: commandId.toLowerCase(), bikeId: bikeId.toLowerCase(), stage, detail },
  }
}

function decodeAck(body: Uint8Array): CommandAck | undefined {
  try {
    return fromBinary(CommandAckSchema, body)
  } catch {
    return undefined
  }
}

/** PostgreSQL keeps no NUL, and a log no control characters. */
function printable(text: string): string {
  return [...text.replaceAll(/\p{C}/gu, ' ')].slice(0, maxDetailChars).join('')
}
