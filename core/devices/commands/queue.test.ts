import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { CommandSchema } from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { uuidText } from '../../../proto/index.ts'
import { type BikeCommands, type CommandRecord, maxUnfinished, type NewCommand } from './port.ts'
import { createCommandQueue, planRequest } from './queue.ts'

const command: NewCommand = {
  bikeId: '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10',
  requestedBy: 'rider:anna',
  idempotencyKey: 'key',
  action: { kind: 'light', on: true },
  ttlS: 60,
}
const unfinished = (counts: Record<string, number>) => ({ unfinished: new Map(Object.entries(counts)) })
const known = (over: Partial<BikeCommands> = {}): BikeCommands => ({
  ...{ former: undefined, unfinished: new Map(), nowMs: 1_000, ownerId: 'anna', isContested: false },
  ...over,
})
const former: CommandRecord = {
  ...{
    commandId: 'c1',
    bikeId: command.bikeId,
    requestedBy: 'rider:anna',
    action: { kind: 'light', on: true },
  },
  ...{ createdAtMs: 0, expiresAtMs: 60_000, state: 'sent', changedAtMs: 500 },
}

test.each<[string, Partial<NewCommand>, Partial<BikeCommands>, string]>([
  ['a first request is queued', {}, {}, 'queued'],
  ['the same again is the former command', {}, { former }, 'repeated'],
  [
    'the same again on a bike that has too many',
    {},
    { former, ...unfinished({ 'rider:anna': 50 }) },
    'repeated',
  ],
  ['the same again in another order', { action: { on: true, kind: 'light' } }, { former }, 'repeated'],
  ['another kind under the key', { action: { kind: 'lock' } }, { former }, 'key_reused'],
  ['another value under the key', { action: { kind: 'light', on: false } }, { former }, 'key_reused'],
  ['another time to live under the key', { ttlS: 61 }, { former }, 'key_reused'],
  ['one fewer than there may be', {}, unfinished({ 'rider:anna': maxUnfinished.rider - 1 }), 'queued'],
  ['as many as there may be', {}, unfinished({ 'rider:anna': maxUnfinished.rider }), 'too_many'],
  ['a rider who owns the bike no more', {}, { ownerId: 'ben' }, 'not_owner'],
  ['a rider whose bike is nobody’s', {}, { ownerId: undefined }, 'not_owner'],
  ['the same again by a former owner', {}, { former, ownerId: 'ben' }, 'not_owner'],
  [
    'the platform, of a bike that is nobody’s',
    { requestedBy: 'platform:gaps' },
    { ownerId: undefined },
    'queued',
  ],
  ['the owner of a disputed bike', {}, { isContested: true }, 'contested'],
  ['staff, of a disputed bike', { requestedBy: 'service:eve' }, { isContested: true }, 'contested'],
  ['the platform, of a disputed bike', { requestedBy: 'platform:gaps' }, { isContested: true }, 'contested'],
])('%s', (_, over, of, outcome) => {
  const plan = planRequest({ ...command, ...over }, known(of))
  expect(plan.outcome.outcome).toBe(outcome)
  expect(plan.payload !== undefined).toBe(outcome === 'queued')
})

const everybodyElse = {
  ...{ 'rider:anna': 50, 'service:eve': 10, 'service:fay': 10, 'platform:gaps': 10, 'platform:other': 10 },
}
test.each(['rider:anna', 'service:gil', 'service:eve', 'platform:gaps'])(
  'what others have queued costs %s nothing; own ones do',
  (requestedBy) => {
    const { [requestedBy as 'rider:anna']: own, ...others } = { ...everybodyElse, 'service:gil': 10 }
    const outcomeOf = (counts: Record<string, number>) =>
      planRequest({ ...command, requestedBy }, known(unfinished(counts))).outcome
    expect(outcomeOf(others).outcome).toBe('queued')
    expect(outcomeOf({ ...others, [requestedBy]: own })).toEqual({ outcome: 'too_many', limit: 'own' })
  },
)

test('many of staff together are bounded, and lock out neither the owner nor the platform', () => {
  const staff = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`service:s${n}`, 10]))
  const outcomeOf = (requestedBy: string) =>
    planRequest({ ...command, requestedBy }, known(unfinished(staff))).outcome
  expect(outcomeOf('service:late')).toEqual({ outcome: 'too_many', limit: 'staff_together' })
  expect(outcomeOf('rider:anna').outcome).toBe('queued')
  expect(outcomeOf('platform:gaps').outcome).toBe('queued')
})

test('the answer, the stored command and the bytes for the bike agree', async () => {
  const added: unknown[] = []
  const queue = createCommandQueue({
    add: async (request, plan) => {
      const { outcome, payload } = plan(known())
      added.push(request, payload)
      return outcome
    },
  })
  const outcome = await queue.request(command)
  if (outcome.outcome !== 'queued') throw new Error(outcome.outcome)
  const { commandId, ...rest } = outcome.command
  expect(rest).toEqual({
    ...{ bikeId: command.bikeId, requestedBy: 'rider:anna', action: command.action, state: 'queued' },
    ...{ createdAtMs: 1_000, changedAtMs: 1_000, expiresAtMs: 61_000 },
  })
  expect(added[0]).toBe(command)
  const onWire = fromBinary(CommandSchema, added[1] as Uint8Array)
  expect(uuidText(onWire.commandId)).toBe(commandId)
  expect([onWire.createdAtMs, onWire.expiresAtMs]).toEqual([1_000n, 61_000n])
  expect(onWire.action).toMatchObject({ case: 'light', value: { on: true } })
})
