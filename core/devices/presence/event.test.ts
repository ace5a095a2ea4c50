import { expect, test } from 'vitest'
import { readConnectionEvent } from './event.ts'

const user = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'
const name = '127.0.0.1:32878 -> 127.0.0.1:28311'
const created = { name, user, connected_at: 1_000, timestamp_in_ms: 1_001, protocol: '{\'MQTT\',"3.1.1"}' }
const pid = '<rabbit@127.0.0.1.1.902.0>'
const closed = { name, pid, timestamp_in_ms: 2_000 }

test.each<[string, string, Record<string, unknown>, object | undefined]>([
  [
    'a device connects',
    'connection.created',
    created,
    { type: 'opened', deviceId: user, connection: name, atMs: 1_000 },
  ],
  [
    'a device connects with a certificate that tells its number',
    'connection.created',
    { ...created, user: `SERIALNUMBER=5d54,CN=${user}` },
    { type: 'opened', deviceId: user, certificate: '5d54', connection: name, atMs: 1_000 },
  ],
  [
    'a connection ends',
    'connection.closed',
    closed,
    { type: 'closed', connections: [`${name} ${pid}`, name], atMs: 2_000 },
  ],
  [
    'a device connects, and its process is told',
    'connection.created',
    { ...created, pid },
    { type: 'opened', deviceId: user, connection: `${name} ${pid}`, atMs: 1_000 },
  ],
  ['the platform connects', 'connection.created', { ...created, user: 'mobility' }, undefined],
  ['somebody without a time', 'connection.created', { ...created, connected_at: undefined }, undefined],
  ['an end without a name', 'connection.closed', { ...closed, name: undefined }, undefined],
  ['an end without a time', 'connection.closed', { ...closed, timestamp_in_ms: 'soon' }, undefined],
  ['another event', 'connection.stats', created, undefined],
])('%s', (_, routingKey, headers, event) => {
  expect(readConnectionEvent({ routingKey, headers })).toEqual(event)
})
