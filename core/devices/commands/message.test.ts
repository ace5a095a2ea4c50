import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  CommandAckSchema,
  CommandSchema,
  CommandStage,
} from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { uuidBytes, uuidText } from '../../../proto/index.ts'
import type { CommandAction } from './action.ts'
import { encodeCommand, readReport } from './message.ts'

const commandId = '019ab3c2-7f1e-7c55-9a53-0f4a6f0d2b11'
const bikeId = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'

test.each<[CommandAction, string, object]>([
  [{ kind: 'lock' }, 'lock', {}],
  [{ kind: 'unlock' }, 'unlock', {}],
  [{ kind: 'light', on: true }, 'light', { on: true }],
  [{ kind: 'locate', durationS: 20 }, 'locate', { durationS: 20 }],
  [{ kind: 'assist_limit', level: 3 }, 'assistLimit', { level: 3 }],
  [{ kind: 'report_state' }, 'reportState', {}],
])('the bike reads what was asked for: %o', (action, name, value) => {
  const command = fromBinary(
    CommandSchema,
    encodeCommand({ commandId, bikeId, createdAtMs: 1_000, expiresAtMs: 6_000, action }),
  )
  expect(uuidText(command.commandId)).toBe(commandId)
  expect(uuidText(command.bikeId)).toBe(bikeId)
  expect([command.createdAtMs, command.expiresAtMs]).toEqual([1_000n, 6_000n])
  expect(command.action).toMatchObject({ case: name, value })
})

const ack = (fields: { stage: CommandStage; detail?: string; commandId?: Uint8Array }) =>
  toBinary(CommandAckSchema, create(CommandAckSchema, { commandId: uuidBytes(commandId), ...fields }))

test.each([
  [CommandStage.ACKNOWLEDGED, 'acknowledged'],
  [CommandStage.EXECUTED, 'executed'],
  [CommandStage.REJECTED, 'rejected'],
  [CommandStage.EXPIRED, 'expired'],
  [CommandStage.FAILED, 'failed'],
])('a bike reports stage %s as %s', (stage, name) => {
  expect(readReport({ bikeId, commandId }, ack({ stage, detail: 'why' }))).toEqual({
    ok: true,
    report: { commandId, bikeId, stage: name, detail: 'why' },
  })
})

const executed = ack({ stage: CommandStage.EXECUTED })
test.each<[string, { bikeId: string; commandId: string }, Uint8Array, string]>([
  ['a topic without a bike', { bikeId: 'b1', commandId }, executed, 'topic_invalid'],
  ['a topic without a command', { bikeId, commandId: 'c1' }, executed, 'topic_invalid'],
  ['bytes that are none', { bikeId, commandId }, Uint8Array.of(255, 255), 'ack_undecodable'],
  ['another command than the topic names', { bikeId, commandId: bikeId }, executed, 'ack_mismatch'],
  ['no command', { bikeId, commandId }, ack({ stage: 1, commandId: new Uint8Array() }), 'ack_mismatch'],
  ['an unknown stage', { bikeId, commandId }, ack({ stage: 99 as CommandStage }), 'stage_unknown'],
  ['no stage', { bikeId, commandId }, ack({ stage: 0 }), 'stage_unknown'],
])('%s is no report', (_, topic, body, reason) => {
  expect(readReport(topic, body)).toEqual({ ok: false, reason })
})

test('a detail is kept short and printable', () => {
  const detail = `jam\u0000med\n${'🚲'.repeat(300)}`
  const read = readReport({ bikeId, commandId }, ack({ stage: CommandStage.FAILED, detail }))
  expect(read).toMatchObject({ report: { detail: `jam med ${'🚲'.repeat(192)}` } })
})
