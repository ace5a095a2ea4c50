import { expect, test } from 'vitest'
import type { ShownDevice } from '../authority/port.ts'
import { type AccessRequest, type Denial, denialOf } from './access.ts'

const deviceId = '9ff54c16-81bd-4456-b645-b5b99fd0ba0e'
const otherId = '11111111-81bd-4456-b645-b5b99fd0ba0e'
const bikeId = '0190a6f0-0000-7000-8000-000000000001'
const otherBike = '0190a6f0-0000-7000-8000-000000000002'
const commandId = '0190a6f0-0000-7000-8000-00000000000c'
const known: ShownDevice = { bikeId, revoked: false, certificate: 'in_service', suspended: false }

type Verdict = Denial | 'allowed'
const verdictOf = (asked: AccessRequest, device = known) => denialOf(asked, device) ?? 'allowed'

const user: AccessRequest = { check: 'user', username: deviceId }
const vhost: AccessRequest = { check: 'vhost', username: deviceId, vhost: '/', clientId: deviceId }
const resource = (
  resource: string,
  name: string,
  permission: string,
  clientId = deviceId,
): AccessRequest => ({
  check: 'resource',
  username: deviceId,
  resource,
  name,
  permission,
  clientId,
})
const topic = (permission: string, routingKey: string, clientId = deviceId): AccessRequest => ({
  check: 'topic',
  username: deviceId,
  name: 'amq.topic',
  permission,
  routingKey,
  clientId,
})
const session = `mqtt-subscription-${deviceId}qos`

test.each<[string, AccessRequest, Verdict]>([
  ['its certificate', user, 'allowed'],
  ['a password beside any name', { ...user, password: 'secret' }, 'password'],
  ['an empty password', { ...user, password: '' }, 'password'],
  ['its own client id', vhost, 'allowed'],
  ["another's client id", { ...vhost, clientId: otherId }, 'client_id'],
  ['its client id in other letters', { ...vhost, clientId: deviceId.toUpperCase() }, 'client_id'],
  ['no client id, as with AMQP', { ...vhost, clientId: undefined }, 'client_id'],
  ['another virtual host', { ...vhost, vhost: 'plants' }, 'vhost'],
])('login with %s: %s', (_, asked, verdict) => {
  expect(verdictOf(asked)).toBe(verdict)
})

test.each<[AccessRequest, Verdict]>([
  [resource('queue', `${session}0`, 'configure'), 'allowed'],
  [resource('queue', `${session}1`, 'configure'), 'allowed'],
  [resource('queue', `${session}1`, 'read'), 'allowed'],
  [resource('queue', `${session}1`, 'write'), 'allowed'],
  [resource('queue', `${session}1`, 'delete'), 'resource'],
  [resource('queue', `${session}2`, 'read'), 'resource'],
  [resource('queue', `mqtt-subscription-${otherId}qos1`, 'configure'), 'resource'],
  [resource('queue', `mqtt-subscription-${otherId}qos1`, 'read'), 'resource'],
  [resource('queue', 'telemetry.ride', 'read'), 'resource'],
  [resource('queue', 'telemetry.ride', 'write'), 'resource'],
  [resource('exchange', 'amq.topic', 'read'), 'allowed'],
  [resource('exchange', 'amq.topic', 'write'), 'allowed'],
  [resource('exchange', 'amq.topic', 'configure'), 'resource'],
  [resource('exchange', 'amq.default', 'write'), 'resource'],
  [resource('exchange', 'amq.rabbitmq.event', 'read'), 'resource'],
  [resource('stream', 'amq.topic', 'read'), 'resource'],
  [resource('exchange', 'amq.topic', 'write', otherId), 'client_id'],
])('resource %o: %s', (asked, verdict) => {
  expect(verdictOf(asked)).toBe(verdict)
})

test.each<[AccessRequest, Verdict]>([
  [topic('write', `bikes.${bikeId}.telemetry.ride`), 'allowed'],
  [topic('write', `bikes.${bikeId}.telemetry.battery`), 'allowed'],
  [topic('write', `bikes.${bikeId}.telemetry.motor`), 'allowed'],
  [topic('write', `bikes.${bikeId}.telemetry.fault`), 'allowed'],
  [topic('write', `bikes.${bikeId}.telemetry.weather`), 'topic'],
  [topic('write', `bikes.${bikeId}.telemetry.ride.more`), 'topic'],
  [topic('write', `bikes.${bikeId}.telemetry`), 'topic'],
  [topic('write', `bikes.${bikeId}.commands.${commandId}.ack`), 'allowed'],
  [topic('write', `bikes.${bikeId}.commands.no-uuid.ack`), 'topic'],
  [topic('write', `bikes.${bikeId}.settings`), 'allowed'],
  [topic('write', `bikes.${otherBike}.settings`), 'topic'],
  [topic('read', `bikes.${bikeId}.settings`), 'topic'],
  [topic('write', `bikes.${bikeId}.commands.*.ack`), 'topic'],
  [topic('write', `bikes.${bikeId}.commands`), 'topic'],
  [topic('write', `bikes.${otherBike}.telemetry.ride`), 'topic'],
  [topic('write', `bikes.${otherBike}.commands.${commandId}.ack`), 'topic'],
  [topic('write', `bikes.${bikeId.toUpperCase()}.telemetry.ride`), 'topic'],
  [topic('write', ''), 'topic'],
  [topic('read', `bikes.${bikeId}.commands`), 'allowed'],
  [topic('read', `bikes.${otherBike}.commands`), 'topic'],
  [topic('read', 'bikes.*.commands'), 'topic'],
  [topic('read', `bikes.${bikeId}.#`), 'topic'],
  [topic('read', '#'), 'topic'],
  [topic('read', `bikes.${bikeId}.telemetry.ride`), 'topic'],
  [topic('configure', `bikes.${bikeId}.commands`), 'topic'],
  [topic('write', `bikes.${bikeId}.telemetry.ride`, otherId), 'client_id'],
  [{ ...topic('write', `bikes.${bikeId}.telemetry.ride`), name: 'amq.direct' } as AccessRequest, 'topic'],
])('topic %o: %s', (asked, verdict) => {
  expect(verdictOf(asked)).toBe(verdict)
})

test.each([user, vhost, resource('queue', `${session}1`, 'read'), topic('read', `bikes.${bikeId}.commands`)])(
  'a revoked device, and one that nobody knows, may not even %o',
  (asked) => {
    expect(denialOf(asked, { ...known, revoked: true })).toBe('device_revoked')
    expect(denialOf(asked, undefined)).toBe('device_unknown')
  },
)

const everything = [
  user,
  vhost,
  resource('queue', `${session}1`, 'read'),
  topic('write', `bikes.${bikeId}.telemetry.ride`),
]

test('a module whose bike is suspended may do nothing; for one that was revoked, that is the reason', () => {
  const verdictsOf = (device: ShownDevice) => everything.map((asked) => verdictOf(asked, device))
  const suspended = { ...known, suspended: true }
  expect(new Set(verdictsOf(suspended))).toEqual(new Set(['device_suspended']))
  expect(new Set(verdictsOf({ ...suspended, revoked: true }))).toEqual(new Set(['device_revoked']))
})

test.each<[ShownDevice['certificate'], Verdict]>([
  ['in_service', 'allowed'],
  ['revoked', 'certificate_revoked'],
  ['ended', 'certificate_ended'],
  ['unknown', 'certificate_unknown'],
])('with a certificate that is %s: %s', (certificate, verdict) => {
  const verdicts = everything.map((asked) => verdictOf(asked, { ...known, certificate }))
  expect(verdicts).toEqual(everything.map(() => verdict))
})

test('the user name is the subject of the certificate; client id and session are the device’s own', () => {
  const named = everything.map((asked) => ({ ...asked, username: `SERIALNUMBER=5d54,CN=${deviceId}` }))
  expect(named.map((asked) => verdictOf(asked))).toEqual(everything.map(() => 'allowed'))
  const other = everything.map((asked) => ({ ...asked, username: `SERIALNUMBER=5d54,CN=${otherId}` }))
  expect(other.map((asked) => verdictOf(asked))).toEqual(['allowed', 'client_id', 'client_id', 'client_id'])
})
