import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  CommandAckSchema,
  CommandSchema,
  CommandStage,
} from '../../proto/gen/mobility/devices/v1/command_pb.js'
import { readTrack, uuidBytes, uuidText } from '../../proto/index.ts'
import { createBike } from '../bike.ts'
import { countSamples, cutSeries } from '../series.ts'
import type { Action } from './messages.ts'
import { createModule, type Module, type ModuleMemory } from './module.ts'

const startMs = Date.UTC(2026, 4, 1, 7)
const bikeId = '0190a6f0-0000-7000-8000-000000000001'
const deviceId = '0190a6f0-0000-7000-8000-0000000000d1'
const commandId = '0190a6f0-0000-7000-8000-00000000000c'
const ride = createBike(3, 0).ride({ startMs, seconds: 60 })
const newModule = (memory?: ModuleMemory) =>
  createModule({
    bikeId,
    deviceId,
    clock: { bootId: 7, bootedAtMs: startMs - 5_000 },
    ...(memory && { memory }),
  })
const tracksOf = ({ outbox }: Module) =>
  outbox.entries().flatMap(({ samples, payload }) => (samples === undefined ? [] : [readTrack(payload)]))
const answersOf = ({ outbox }: Module) =>
  outbox
    .entries()
    .filter(({ samples }) => samples === undefined)
    .map(({ topic, payload }) => {
      const ack = fromBinary(CommandAckSchema, payload)
      expect(topic).toBe(`bikes/${bikeId}/commands/${uuidText(ack.commandId)}/ack`)
      return ack.stage
    })
const command = (name: Action['case'], expiresAtMs = startMs + 1_000) =>
  toBinary(
    CommandSchema,
    create(CommandSchema, {
      commandId: uuidBytes(commandId),
      bikeId: uuidBytes(bikeId),
      expiresAtMs: BigInt(expiresAtMs),
      action: { case: name, value: {} } as Action,
    }),
  )

test('what is measured is sent once, in tracks numbered without a gap', () => {
  const module = newModule()
  for (const part of cutSeries(ride, [startMs + 20_000, startMs + 40_000])) module.record(part)
  const tracks = tracksOf(module)
  expect(tracks.map(({ sequence }) => sequence)).toEqual(tracks.map((_, i) => i + 1))
  expect(tracks.reduce((sum, { timesMs }) => sum + timesMs.length, 0)).toBe(countSamples(ride))
  const kinds = module.outbox.entries().map(({ topic }) => topic.split('/').at(-1))
  expect(kinds).toEqual(tracks.map(({ kind }) => kind))
  expect(tracks[0]).toMatchObject({
    bikeId,
    recorderId: deviceId,
    recordingId: 7,
    clock: { bootId: 7, monotonicStartMs: 5_000 },
  })
})

test('the state is the newest sample of each kind, under new numbers', () => {
  const module = newModule()
  module.record(ride)
  const recorded = tracksOf(module)
  module.reportState()
  const reported = tracksOf(module).slice(recorded.length)
  expect(reported.map(({ kind, timesMs }) => [kind, [...timesMs]])).toEqual(
    recorded.map(({ kind, timesMs }) => [kind, [timesMs.at(-1)]]),
  )
  expect(reported[0]?.sequence).toBe(recorded.length + 1)
})

test('a command is acknowledged, obeyed and answered; repeated it is only answered', () => {
  const module = newModule()
  expect(module.receive(command('lock'), startMs)).toMatchObject({ stage: 'executed', action: 'lock' })
  expect(module.state().locked).toBe(true)
  expect(answersOf(module)).toEqual([CommandStage.ACKNOWLEDGED, CommandStage.EXECUTED])
  expect(module.receive(command('lock'), startMs)).toMatchObject({ stage: 'executed', action: undefined })
  expect(answersOf(module).slice(2)).toEqual([CommandStage.EXECUTED])
})

test('a late command changes nothing and says so', () => {
  const module = newModule()
  expect(module.receive(command('lock', startMs), startMs)).toMatchObject({
    stage: 'expired',
    action: undefined,
  })
  expect(module.state().locked).toBe(false)
  expect(answersOf(module)).toEqual([CommandStage.EXPIRED])
})

test('asked for its state, the bike answers and reports', () => {
  const module = newModule()
  module.record(ride)
  const before = tracksOf(module).length
  module.receive(command('reportState'), startMs)
  expect(tracksOf(module).length).toBeGreaterThan(before)
})

test('a restart forgets neither numbers, nor commands, nor what was not sent', () => {
  const before = newModule()
  before.record(ride)
  before.receive(command('lock'), startMs)
  const after = newModule(before.memory())
  expect(after.state()).toEqual(before.state())
  expect(after.receive(command('lock'), startMs)).toMatchObject({ action: undefined })
  after.record(ride)
  const sequences = tracksOf(after).map(({ sequence }) => sequence)
  expect(new Set(sequences).size).toBe(sequences.length)
  expect(after.outbox.entries().slice(0, 3)).toEqual(before.outbox.entries().slice(0, 3))
})

test.each([
  ['noise', new Uint8Array([1, 2, 3])],
  ['nothing', new Uint8Array()],
])('%s is no command', (_, payload) => {
  const module = newModule()
  expect(module.receive(payload, startMs)).toBeUndefined()
  expect(module.outbox.entries()).toEqual([])
})

test('the parts that answered at the start are named by the next track, and no other', () => {
  const module = newModule()
  const parts = [{ slot: 'battery', serialNumber: 'BT-7' }]
  module.found(parts)
  for (const part of cutSeries(ride, [startMs + 20_000])) module.record(part)
  const [first, ...rest] = tracksOf(module).map((track) => track.parts)
  expect(first).toEqual(parts)
  expect(rest.filter((each) => each !== undefined)).toEqual([])
})
