import { expect, test } from 'vitest'
import { queues, sessionQueue, telemetryKey } from '../engines/rabbitmq/topology.ts'
import { services } from '../services.ts'
import { brokerAccounts } from './broker-accounts.ts'

const deviceId = '0190a6f0-0000-7000-8000-000000000002'
const names = [...Object.values(queues), sessionQueue(deviceId), 'amq.topic', 'telemetry_ride']
const matching = (pattern = '^$') => names.filter((name) => new RegExp(pattern).test(name))

test('each service with settings of the broker has accounts there, and nobody else', () => {
  const users = services.filter(({ settings }) => (settings as readonly string[]).includes('AMQP_URL'))
  expect(Object.keys(brokerAccounts).sort()).toEqual(users.map(({ name }) => name).sort())
})

test.each([
  [
    'devices',
    ['telemetry.ride', 'telemetry.battery', 'telemetry.motor', 'telemetry.fault', 'dead-letters'],
    [],
  ],
  ['presence', ['connections'], []],
  ['commands', ['commands.acks'], ['amq.topic']],
] as const)('%s takes from its queues alone by AMQP', (service, readable, writable) => {
  const { rights, tag } = brokerAccounts[service].amqp
  expect(matching(rights?.read)).toEqual(readable)
  expect(matching(rights?.write)).toEqual(writable)
  expect(tag).toBeUndefined()
})

test('commands publishes commands and purges sessions, and nothing else', () => {
  const { amqp, management } = brokerAccounts.commands
  const publishes = new RegExp(amqp.publishes ?? '^$')
  expect(publishes.test(`bikes.${deviceId}.commands`)).toBe(true)
  expect(publishes.test(`bikes.${deviceId}.commands.x.ack`)).toBe(false)
  expect(publishes.test(telemetryKey(deviceId, 'ride'))).toBe(false)
  expect(matching(management.rights?.read)).toEqual([sessionQueue(deviceId)])
})

test('no administrator is let into the virtual host', () => {
  const all = Object.values(brokerAccounts).flatMap(({ amqp, management }) => [amqp, management])
  const administrators = all.filter(({ tag }) => tag === 'administrator')
  expect(administrators).toEqual([{ tag: 'administrator' }])
})
