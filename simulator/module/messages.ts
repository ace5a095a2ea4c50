// What a module sends and is sent: topics, and the bytes of commands and of its answers to them.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  type Command,
  CommandAckSchema,
  CommandSchema,
  CommandStage,
} from '../../proto/gen/mobility/devices/v1/command_pb.js'
import { type Kind, uuidBytes, uuidText } from '../../proto/index.ts'
import { type CommandTrust, type DistrustReason, verifyCommand } from './signed-command.ts'

/** What a bike can be told; undefined is a command that this firmware does not know. */
export type Action = Exclude<Command['action'], { case: undefined }>

export interface DeviceCommand {
  readonly commandId: string
  readonly bikeId: string
  /** Not to be executed from this time on, Unix milliseconds. */
  readonly expiresAtMs: number
  readonly action: Action | undefined
  /** Why the module does not believe it; nothing of it counts then but the id to which it answers. */
  readonly distrust?: DistrustReason
}

const stages = ['acknowledged', 'executed', 'rejected', 'expired', 'failed'] as const
export type Stage = (typeof stages)[number]

export interface Answer {
  readonly commandId: string
  readonly stage: Stage
  readonly atMs: number
  /** For people. */
  readonly detail: string
}

export const topics = {
  telemetry: (bikeId: string, kind: Kind) => `bikes/${bikeId}/telemetry/${kind}`,
  commands: (bikeId: string) => `bikes/${bikeId}/commands`,
  settings: (bikeId: string) => `bikes/${bikeId}/settings`,
  answer: (bikeId: string, commandId: string) => `bikes/${bikeId}/commands/${commandId}/ack`,
} as const

/** Undefined when it is no command. With `trust` only what was signed is read; firmware of before reads the plain fields. */
export function readCommand(
  payload: Uint8Array,
  trust?: CommandTrust,
  nowMs = Date.now(),
): DeviceCommand | undefined {
  try {
    const verified = trust && verifyCommand(payload, trust, nowMs)
    const plain = fromBinary(CommandSchema, payload)
    const { commandId, bikeId, expiresAtMs, action } = verified?.ok ? verified.command : plain
    if (commandId.length !== 16 || bikeId.length !== 16) return undefined
    return {
      commandId: uuidText(commandId),
      bikeId: uuidText(bikeId),
      expiresAtMs: Number(expiresAtMs),
      action: action.case === undefined ? undefined : action,
      ...(verified?.ok === false && { distrust: verified.reason }),
    }
  } catch {
    return undefined
  }
}

const onWire: Readonly<Record<Stage, CommandStage>> = {
  acknowledged: CommandStage.ACKNOWLEDGED,
  executed: CommandStage.EXECUTED,
  rejected: CommandStage.REJECTED,
  expired: CommandStage.EXPIRED,
  failed: CommandStage.FAILED,
}

export function writeAnswer({ commandId, stage, atMs, detail }: Answer): Uint8Array {
  const ack = { commandId: uuidBytes(commandId), stage: onWire[stage], atMs: BigInt(atMs), detail }
  return toBinary(CommandAckSchema, create(CommandAckSchema, ack))
}
