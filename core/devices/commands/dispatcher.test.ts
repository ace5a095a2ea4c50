import pino from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { failing, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { OutgoingMessage, PublishOutcome } from '../../engines/rabbitmq/port.ts'
import { createDispatcher } from './dispatcher.ts'
import { encodeCommand } from './message.ts'
import type { CommandChanges, CommandOutbox, CommandSelection, KnownCommand } from './port.ts'
import { signCommand } from './signed-command.ts'
import { knownCommand } from './testing/known-command.ts'

const id = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'
const payload = (n: number) =>
  encodeCommand({
    ...{ commandId: id, bikeId: id, createdAtMs: n, expiresAtMs: n + 1 },
    action: { kind: 'lock' },
  })
const queued = (n: number, over: Partial<KnownCommand> = {}): KnownCommand =>
  knownCommand({
    ...{ commandId: `c${n}`, bikeId: `b${n}`, attempts: n, expiresInMs: 1_000 * n },
    ...{ payload: payload(n), deviceIds: [id], ...over },
  })
const key = { keyId: Uint8Array.of(1), certificates: [], sign: () => Uint8Array.of(2) }

type Publish = (messages: readonly OutgoingMessage[]) => Promise<readonly PublishOutcome[]>

/** Lets a dispatcher work through these answers of the outbox, then stops it. */
async function dispatch(pages: readonly (readonly KnownCommand[])[], publish: Publish) {
  const stop = new AbortController()
  const log: string[] = []
  const selections: CommandSelection[] = []
  const written: CommandChanges[] = []
  const metrics = fakeMetrics()
  const left = [...pages]
  const outbox: Pick<CommandOutbox, 'change'> = {
    async change(selection, plan) {
      selections.push(selection)
      const page = left.shift()
      if (page === undefined) stop.abort()
      const changes = await plan(page ?? [])
      if (page !== undefined) {
        written.push(changes)
        log.push('written')
      }
      return changes
    },
  }
  const watch = {
    async next(withinMs: number) {
      log.push(`waits ${withinMs}`)
    },
    end: () => undefined,
  }
  const publisher: { publish: Publish } = {
    async publish(messages) {
      log.push(`publishes ${messages.length}`)
      return publish(messages)
    },
  }
  const disposals: string[] = []
  const handedOver: string[] = []
  const counters = {
    due: (disposal: string) => void disposals.push(disposal),
    handedOver: (outcome: string) => void handedOver.push(outcome),
  }
  const silent = pino({ level: 'silent' })
  await createDispatcher({ outbox, publisher, key, watch, metrics, counters, log: silent }).run(stop.signal)
  return { log, selections, written, disposals, handedOver, counts: metrics.counts }
}

afterEach(() => {
  vi.useRealTimers()
})

test('due commands are published to their bikes; only those that the broker stored are sent', async () => {
  const published: OutgoingMessage[] = []
  const { selections, written, handedOver, counts } = await dispatch(
    [[queued(1), queued(2), queued(3)]],
    async (messages) => {
      published.push(...messages)
      return ['stored', 'unroutable', 'refused']
    },
  )
  expect(published).toEqual(
    [1, 2, 3].map((n) => ({
      ...{ routingKey: `bikes.b${n}.commands`, expiresInMs: 1_000 * n },
      body: signCommand(payload(n), [id], key),
    })),
  )
  expect(selections[0]).toEqual({ kind: 'due', limit: 100 })
  expect([...(written[0]?.states ?? [])]).toEqual([['c1', 'sent']])
  expect(written[0]?.handedOver).toEqual(['c1'])
  expect(written[0]?.retries).toEqual([
    { commandId: 'c1', retryInMs: 25_000 },
    { commandId: 'c2', retryInMs: 2_000 },
    { commandId: 'c3', retryInMs: 4_000 },
  ])
  expect(counts).toEqual({ written: 1, failed: 2 })
  expect(handedOver).toEqual(['stored', 'unroutable', 'refused'])
})

test('only bikes that are connected and not disputed get their commands, and the broker keeps none of them long', async () => {
  const published: OutgoingMessage[] = []
  const due = [
    queued(1, { isConnected: false }),
    queued(2, { expiresInMs: 86_400_000 }),
    queued(3, { isContested: true }),
  ]
  const { written, disposals } = await dispatch([due], async (messages) => {
    published.push(...messages)
    return ['stored']
  })
  expect(published.map(({ routingKey, expiresInMs }) => [routingKey, expiresInMs])).toEqual([
    ['bikes.b2.commands', 30_000],
  ])
  expect([...(written[0]?.states ?? [])]).toEqual([
    ['c2', 'sent'],
    ['c3', 'failed'],
  ])
  expect(written[0]?.retries.map(({ commandId }) => commandId)).toEqual(['c2', 'c1'])
  expect(disposals).toEqual(['wait', 'hand_over', 'end'])
})

test('what was published is recorded, and only when nothing is due it waits', async () => {
  const { log } = await dispatch([[queued(1)], [queued(2)], []], async () => ['stored'])
  expect(log).toEqual([
    ...['publishes 1', 'written', 'publishes 1', 'written'],
    ...['written', 'waits 1000', 'waits 1000'],
  ])
})

test('a broker that is lost meanwhile leaves the commands queued, and the next round publishes them again', async () => {
  const fails = failing(1, 'connection lost')
  const { log, counts } = await dispatch([[queued(1)], [queued(1)]], async () => {
    fails()
    return ['stored']
  })
  expect(log).toEqual(['publishes 1', 'publishes 1', 'written', 'waits 1000'])
  expect(counts).toEqual({ written: 1 })
})

test('a broker that never answers does not keep the rows locked for ever', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const silent: Publish = () => {
    setImmediate(() => vi.advanceTimersByTime(5_000))
    return new Promise(() => undefined)
  }
  const { log } = await dispatch([[queued(1)]], silent)
  expect(log).toEqual(['publishes 1', 'waits 1000'])
})
