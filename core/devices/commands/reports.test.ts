import { create, toBinary } from '@bufbuild/protobuf'
import pino from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import {
  CommandAckSchema,
  CommandStage,
  SettingsReportSchema,
} from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { uuidBytes } from '../../../proto/index.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { QueueMessage } from '../../engines/rabbitmq/port.ts'
import { noSettings } from '../settings/plan.ts'
import type { SettingsStore } from '../settings/port.ts'
import type { CommandChanges, CommandOutbox, CommandSelection } from './port.ts'
import { createReportReader } from './reports.ts'
import { knownCommand } from './testing/known-command.ts'

const bikeId = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'
const commandId = (n: number) => `019ab3c2-7f1e-7c55-9a53-0f4a6f0d2b1${n}`
const known = (n: number) => knownCommand({ commandId: commandId(n), bikeId, state: 'sent' })

function ack(n: number, stage: CommandStage, over: Partial<QueueMessage> = {}): QueueMessage {
  const body = toBinary(
    CommandAckSchema,
    create(CommandAckSchema, { commandId: uuidBytes(commandId(n)), stage }),
  )
  return {
    ...{ queue: 'acks', routingKey: `bikes.${bikeId}.commands.${commandId(n)}.ack`, body: Buffer.from(body) },
    ...{ headers: {}, timestampMs: undefined, deliveries: 0 },
    ...over,
  }
}

function readerOf(batch: readonly QueueMessage[], change: () => unknown = () => undefined) {
  const log: string[] = []
  const selections: CommandSelection[] = []
  const written: CommandChanges[] = []
  const metrics = fakeMetrics()
  const outbox: Pick<CommandOutbox, 'change'> = {
    async change(selection, plan) {
      change()
      selections.push(selection)
      const changes = await plan([known(1), known(2)])
      written.push(changes)
      log.push('written')
      return changes
    },
  }
  const state: { trouble: string | undefined } = { trouble: undefined }
  const consumer = { ...fakeConsumer([batch], log), trouble: () => state.trouble }
  const outcomes: string[] = []
  const counters = {
    reported: (outcome: string) => void outcomes.push(outcome),
    settingsReported: (outcome: string) => void outcomes.push(outcome),
  }
  const settings: Pick<SettingsStore, 'change'> = {
    change: async (_, plan) => {
      const known = { bikeId, ownerId: undefined, isContested: false, nowMs: 1_000 }
      const planned = plan({ ...noSettings, ...known })
      log.push(`settings of version ${planned.settings?.reported?.version}`)
      return planned
    },
  }
  const reader = createReportReader({
    ...{ consumer, outbox, settings, metrics, counters },
    log: pino({ level: 'silent' }),
  })
  return { reader, log, selections, written, state, outcomes, counts: metrics.counts }
}
afterEach(() => {
  vi.useRealTimers()
})
const running = () => new AbortController().signal

test('reports move their commands; what is no report is left aside and blocks no other', async () => {
  const { reader, selections, written, log, counts, outcomes } = readerOf([
    ack(1, CommandStage.ACKNOWLEDGED),
    ack(2, 99 as CommandStage),
    ack(2, CommandStage.EXECUTED, { routingKey: 'bikes.nobody' }),
    ack(1, CommandStage.EXECUTED),
    ack(1, CommandStage.EXECUTED),
    ack(3, CommandStage.EXECUTED),
    ack(2, CommandStage.REJECTED),
  ])
  await reader.run(running())
  expect(selections).toEqual([{ kind: 'named', commandIds: [1, 1, 1, 3, 2].map(commandId) }])
  expect([...(written[0]?.states ?? [])]).toEqual([
    [commandId(1), 'executed'],
    [commandId(2), 'rejected'],
  ])
  expect(log).toEqual(['written', 'acknowledged'])
  expect(counts).toEqual({ received: 7, failed: 2, repeated: 2 })
  expect(outcomes).toEqual(['moved', 'moved', 'repeated', 'unknown', 'moved'])
})

test('reports of settings are taken one by one, and what is none is left aside', async () => {
  const settings = toBinary(SettingsReportSchema, create(SettingsReportSchema, { version: 0 }))
  const routingKey = `bikes.${bikeId}.settings`
  const { reader, log, counts, outcomes } = readerOf([
    ack(1, CommandStage.EXECUTED, { routingKey, body: Buffer.from(settings) }),
    ack(1, CommandStage.EXECUTED, { routingKey, body: Buffer.from([255, 255]) }),
    ack(1, CommandStage.EXECUTED, { routingKey: 'bikes.nobody.settings', body: Buffer.from(settings) }),
  ])
  await reader.run(running())
  expect(log).toEqual(['written', 'settings of version 0', 'acknowledged'])
  expect(outcomes).toEqual(['agreed'])
  expect(counts).toEqual({ received: 3, failed: 2 })
})

test('reports are acknowledged when they are written', async () => {
  const { reader, log } = readerOf([ack(1, CommandStage.EXECUTED)], failing(1, 'PostgreSQL is away'))
  await reader.run(running())
  expect(log).toEqual(['PostgreSQL is away', 'written', 'acknowledged'])
})

test('it is idle since the first look that found nothing to read, until reports or trouble come', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 })
  const meanwhile: (number | undefined)[] = []
  const { reader, state } = readerOf([ack(1, CommandStage.EXECUTED)], () =>
    meanwhile.push(reader.idleSinceMs()),
  )
  expect(reader.idleSinceMs()).toBe(1_000)
  vi.setSystemTime(2_000)
  expect(reader.idleSinceMs()).toBe(1_000)
  state.trouble = 'away'
  expect(reader.idleSinceMs()).toBeUndefined()
  state.trouble = undefined
  expect(reader.idleSinceMs()).toBe(2_000)
  vi.setSystemTime(3_000)
  await reader.run(running())
  expect(meanwhile).toEqual([undefined])
  expect(reader.idleSinceMs()).toBe(3_000)
})

test('while reports that could not be written wait, silence proves nothing', async () => {
  const { reader } = readerOf([ack(1, CommandStage.EXECUTED)], failing(3, 'PostgreSQL is away'))
  await reader.run(running())
  expect(reader.idleSinceMs()).toBeUndefined()
})
