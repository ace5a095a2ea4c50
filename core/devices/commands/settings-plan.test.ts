import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { CommandSchema, LightMode } from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { noSettings } from '../settings/plan.ts'
import type { DueSettings } from './port.ts'
import { planSettings } from './settings-plan.ts'

const bikeId = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'
const due = (over: Partial<DueSettings> = {}): DueSettings => ({
  settings: { ...noSettings, version: 3, desired: { values: { massKg: 95, lightMode: 'off' }, atMs: 1 } },
  ...{ isConnected: true, isUnderWay: false },
  commands: { former: undefined, unfinished: new Map(), ownerId: 'anna', isContested: false, nowMs: 1_000 },
  ...over,
})

test('a connected bike is handed the newest version, all of it', () => {
  const { command, plan } = planSettings(bikeId, due()) ?? {}
  expect(command).toMatchObject({ bikeId, requestedBy: 'platform:settings', ttlS: 300 })
  expect(plan?.outcome.outcome).toBe('queued')
  const { action } = fromBinary(CommandSchema, plan?.payload ?? new Uint8Array())
  expect(action).toMatchObject({
    case: 'applySettings',
    value: { version: 3, settings: { massKg: 95, lightMode: LightMode.OFF } },
  })
})

test.each<[string, Partial<DueSettings>]>([
  ['sleeps', { isConnected: false }],
  ['is being handed them', { isUnderWay: true }],
  ['has an owner who wished for nothing', { settings: { ...noSettings, version: 4 } }],
])('a bike that %s is handed none', (_, over) => {
  expect(planSettings(bikeId, due(over))).toBeUndefined()
})

test('a bike that is disputed is handed none', () => {
  const { commands } = due()
  const planned = planSettings(bikeId, due({ commands: { ...commands, isContested: true } }))
  expect(planned?.plan).toEqual({ outcome: { outcome: 'contested' } })
})
