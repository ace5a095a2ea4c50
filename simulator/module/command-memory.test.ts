import { expect, test } from 'vitest'
import { judge, type KnownCommand, maxKnown, remember } from './command-memory.ts'
import type { DeviceCommand } from './messages.ts'

const nowMs = 1_000_000
const bikeId = '0190a6f0-0000-7000-8000-000000000001'
const commandId = '0190a6f0-0000-7000-8000-00000000000c'
const lock = { case: 'lock', value: {} } as NonNullable<DeviceCommand['action']>
const command: DeviceCommand = { commandId, bikeId, expiresAtMs: nowMs + 1, action: lock }
const seen: KnownCommand = { commandId, expiresAtMs: nowMs + 1 }
const ended: KnownCommand = { ...seen, end: { stage: 'executed', detail: 'done' } }
const others = Array.from({ length: maxKnown }, (_, i) => ({ ...seen, commandId: `other ${i}` }))

test.each<[string, Partial<DeviceCommand>, KnownCommand[], object]>([
  ['a new command is obeyed', {}, [], { what: 'obey', action: lock }],
  ['one that is known is answered as before', {}, [ended], { stage: 'executed', detail: 'done' }],
  ['… also when it has expired since', { expiresAtMs: nowMs }, [ended], { stage: 'executed' }],
  ['one that a restart interrupted is not tried again', {}, [seen], { stage: 'failed' }],
  ['from its expiry on it is too late', { expiresAtMs: nowMs }, [], { stage: 'expired' }],
  ['what is for another bike is not for this one', { bikeId: commandId }, [ended], { stage: 'rejected' }],
  ['one that is not believed is rejected', { distrust: 'key_unknown' }, [], { stage: 'rejected' }],
  ['… also when its id is known', { distrust: 'signature_wrong' }, [ended], { stage: 'rejected' }],
  ['an action of the future is rejected', { action: undefined }, [], { stage: 'rejected' }],
  ['more than can be remembered are not obeyed', {}, others, { stage: 'rejected' }],
])('%s', (_, over, known, verdict) => {
  expect(judge({ ...command, ...over }, known, { bikeId, nowMs })).toMatchObject(verdict)
})

test('a command is remembered once, until it expires', () => {
  const known = remember(remember([], seen, nowMs), ended, nowMs)
  expect(known).toEqual([ended])
  const later = { ...seen, commandId: 'later', expiresAtMs: nowMs + 10 }
  expect(remember(known, later, nowMs + 1)).toEqual([later])
})
