import { expect, test } from 'vitest'
import { bikesOnline, concernedBy, planPresence, presenceOfBike } from './plan.ts'
import type { ConnectionEvent, DevicePresence, KnownDevice } from './port.ts'

const opened = (connection: string, atMs: number, deviceId = 'd1'): ConnectionEvent => ({
  ...{ type: 'opened', deviceId, connection, atMs },
})
const closed = (connection: string, atMs: number): ConnectionEvent => ({
  ...{ type: 'closed', connections: [connection, connection.replace(/ <.*/, '')], atMs },
})
const never: KnownDevice = { deviceId: 'd1', bikeId: 'b1', presence: undefined }

/** `c1@10` online by connection c1 since 10; `c1@10-20` until 20. */
function brief(presence: DevicePresence | undefined): string | undefined {
  if (presence === undefined) return undefined
  const { connection, connectedAtMs, online, disconnectedAtMs } = presence
  return `${connection}@${connectedAtMs}${online ? '' : `-${disconnectedAtMs}`}`
}

test.each<[string, ConnectionEvent[], string | undefined]>([
  ['a connection', [opened('c1', 10)], 'c1@10'],
  ['its end', [opened('c1', 10), closed('c1', 20)], 'c1@10-20'],
  ['a second connection', [opened('c1', 10), closed('c1', 20), opened('c2', 30)], 'c2@30'],
  [
    'a take-over, after which the first ends',
    [opened('c1', 10), opened('c2', 20), closed('c1', 21)],
    'c2@20',
  ],
  ['everything again', [opened('c1', 10), closed('c1', 20), opened('c1', 10), closed('c1', 20)], 'c1@10-20'],
  [
    'an earlier connection that is told late',
    [opened('c2', 20), opened('c1', 10), closed('c1', 15)],
    'c2@20',
  ],
  [
    'a connection that has ended, told again',
    [opened('c1', 10), closed('c1', 20), opened('c1', 10)],
    'c1@10-20',
  ],
  [
    'of two that begin in one millisecond the one that is told first',
    [opened('c1', 10), opened('c2', 10)],
    'c1@10',
  ],
  ['the end of a connection that is unknown', [closed('c9', 20)], undefined],
  [
    'the end of an earlier connection of the same name that is told late',
    [opened('c1 <1>', 10), opened('c1 <2>', 15), closed('c1 <1>', 20)],
    'c1 <2>@15',
  ],
  ['the end of one that was told by its name alone', [opened('c1', 10), closed('c1 <1>', 20)], 'c1@10-20'],
  ['the end of an earlier connection of the same name', [opened('c1', 30), closed('c1', 20)], 'c1@30'],
])('%s', (_, events, presence) => {
  expect(brief(planPresence([never], events)[0])).toBe(presence)
  // One by one it comes to the same.
  let known = never
  for (const event of events)
    known = { ...known, presence: planPresence([known], [event])[0] ?? known.presence }
  expect(brief(known.presence)).toBe(presence)
})

test('a stranger has no presence', () => {
  expect(planPresence([never], [opened('c1', 10, 'stranger')])).toEqual([])
})

test('only the device of the connection goes offline', () => {
  const two = [never, { ...never, deviceId: 'd2', bikeId: 'b2' }]
  const events = [opened('c1', 10), opened('c2', 10, 'd2'), closed('c2', 20)]
  expect(planPresence(two, events).map(brief)).toEqual(['c1@10', 'c2@10-20'])
})

test('concerned are who connects, and whose connection ends', () => {
  expect(concernedBy([opened('c1', 10), closed('c7', 20), opened('c2', 30, 'd2')])).toEqual({
    ...{ deviceIds: ['d1', 'd2'], connections: ['c7', 'c7'] },
  })
})

const online = (connectedAtMs: number, bikeId = 'b1'): DevicePresence => ({
  ...{ deviceId: 'd1', bikeId, online: true, connection: 'c', connectedAtMs, disconnectedAtMs: undefined },
})
const offline = (connectedAtMs: number, disconnectedAtMs: number): DevicePresence => ({
  ...online(connectedAtMs),
  ...{ online: false, disconnectedAtMs },
})

test('a bike with several modules that come online is named once, one whose module leaves not at all', () => {
  expect(bikesOnline([online(1), online(2), online(3, 'b2'), { ...offline(1, 2), bikeId: 'b3' }])).toEqual([
    'b1',
    'b2',
  ])
})

test.each<[string, DevicePresence[], object | undefined]>([
  ['without a module that was ever connected', [], undefined],
  ['with one online', [online(10)], { online: true, sinceMs: 10 }],
  ['with two online, since the first', [online(20), online(10)], { online: true, sinceMs: 10 }],
  ['with one online and one gone', [offline(1, 90), online(20)], { online: true, sinceMs: 20 }],
  ['with two gone, since the last', [offline(1, 40), offline(2, 50)], { online: false, sinceMs: 50 }],
])('a bike %s', (_, modules, presence) => {
  expect(presenceOfBike(modules)).toEqual(presence)
})
