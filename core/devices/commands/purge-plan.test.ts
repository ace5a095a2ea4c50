import { expect, test } from 'vitest'
import type { CommandPurge } from './port.ts'
import { isOlder, isSettled } from './purge-plan.ts'

const purgeOf = (over: Partial<CommandPurge> = {}): CommandPurge => ({
  ...{ purgeId: '1', bikeId: 'b1', modules: [], isConnectedSince: false },
  ...{ endedAtMs: 100_000, endedAgoMs: 1_000, unexpired: 3, handedOverAgoMs: undefined },
  ...over,
})
const purged = { isDone: true, hadOlder: false }
const away = { isDone: false, hadOlder: false }

test.each<[string, Partial<CommandPurge>, { isDone: boolean; hadOlder: boolean }, boolean]>([
  ['sessions were emptied while nobody was connected', {}, purged, true],
  ['a connection from before was ended just now', {}, { isDone: true, hadOlder: true }, false],
  ['presence still knows a connection from before', { isConnectedSince: true }, purged, false],
  ['the broker is away', {}, away, false],
  ['the broker is away for as long as it keeps a command', { endedAgoMs: 40_000 }, away, true],
  ['a moment before that', { endedAgoMs: 39_999 }, away, false],
  [
    'a connection stays in sight, but time has passed',
    { isConnectedSince: true, endedAgoMs: 40_000 },
    purged,
    true,
  ],
  [
    'an earlier version handed over a command for hours',
    { endedAgoMs: 40_000, handedOverAgoMs: -9 },
    away,
    false,
  ],
  ['no ended command is valid any more', { unexpired: 0 }, away, true],
])('%s', (_, over, attempt, settled) => {
  expect(isSettled(purgeOf(over), attempt)).toBe(settled)
})

test('connections from before the end of the commands are closed, where one of them is still valid', () => {
  expect(isOlder(purgeOf(), 99_000)).toBe(true)
  expect(isOlder(purgeOf(), 101_999)).toBe(true)
  expect(isOlder(purgeOf(), 102_000)).toBe(false)
  expect(isOlder(purgeOf({ unexpired: 0 }), 99_000)).toBe(false)
})
