import { expect, test } from 'vitest'
import type { UnpurgedChange } from './port.ts'
import { isOlder, isSettled } from './purge-plan.ts'

const change = (over: Partial<UnpurgedChange> = {}): UnpurgedChange => ({
  ...{ changeId: '1', bikeId: 'b1', modules: [], isConnectedSince: false },
  ...{ changedAtMs: 100_000, changedAgoMs: 1_000, unexpired: 3, handedOverAgoMs: undefined },
  ...over,
})
const purged = { isDone: true, hadOlder: false }
const away = { isDone: false, hadOlder: false }

test.each<[string, Partial<UnpurgedChange>, { isDone: boolean; hadOlder: boolean }, boolean]>([
  ['sessions were emptied while nobody was connected', {}, purged, true],
  ['a connection from before was ended just now', {}, { isDone: true, hadOlder: true }, false],
  ['presence still knows a connection from before', { isConnectedSince: true }, purged, false],
  ['the broker is away', {}, away, false],
  ['the broker is away for as long as it keeps a command', { changedAgoMs: 40_000 }, away, true],
  ['a moment before that', { changedAgoMs: 39_999 }, away, false],
  [
    'a connection stays in sight, but time has passed',
    { isConnectedSince: true, changedAgoMs: 40_000 },
    purged,
    true,
  ],
  [
    'an earlier version handed over a command for hours',
    { changedAgoMs: 40_000, handedOverAgoMs: -9 },
    away,
    false,
  ],
  ['no command of before is valid any more', { unexpired: 0 }, away, true],
])('%s', (_, over, purge, settled) => {
  expect(isSettled(change(over), purge)).toBe(settled)
})

test('connections from before the change are ended, where a command of before is valid', () => {
  expect(isOlder(change(), 99_000)).toBe(true)
  expect(isOlder(change(), 101_999)).toBe(true)
  expect(isOlder(change(), 102_000)).toBe(false)
  expect(isOlder(change({ unexpired: 0 }), 99_000)).toBe(false)
})
