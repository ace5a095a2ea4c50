import { expect, test } from 'vitest'
import { type DeviceTopic, readRoutingKey, telemetryKey } from './topology.ts'

const bikeId = '0190a6f0-0000-7000-8000-000000000001'

test.each<[string, DeviceTopic | undefined]>([
  [telemetryKey(bikeId, 'ride'), { type: 'telemetry', bikeId, kind: 'ride' }],
  ['bikes.no-uuid.telemetry.fault', { type: 'telemetry', bikeId: 'no-uuid', kind: 'fault' }],
  [`bikes.${bikeId}.commands.c1.ack`, { type: 'ack', bikeId, commandId: 'c1' }],
  [`bikes.${bikeId}.settings`, { type: 'settings', bikeId }],
  [`bikes.${bikeId}.settings.`, undefined],
  [`bikes.${bikeId}.telemetry.weather`, undefined],
  [`bikes.${bikeId}.telemetry.ride.more`, undefined],
  [`bikes.${bikeId}.commands`, undefined],
  [`bikes.${bikeId}.commands.c1.ack.more`, undefined],
  [`plants.${bikeId}.telemetry.ride`, undefined],
  ['', undefined],
])('routing key %s', (routingKey, topic) => {
  expect(readRoutingKey(routingKey)).toEqual(topic)
})
