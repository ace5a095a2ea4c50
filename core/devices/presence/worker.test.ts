import pino from 'pino'
import { expect, test } from 'vitest'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import type { QueueMessage } from '../../engines/rabbitmq/port.ts'
import type { ConcernedDevices, DevicePresence, KnownDevice } from './port.ts'
import { createPresenceWorker } from './worker.ts'

const [first, second] = [
  '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10',
  '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a11',
] as const
const message = (routingKey: string, headers: Record<string, unknown>): QueueMessage => ({
  ...{ queue: 'connections', routingKey, headers, body: Buffer.alloc(0) },
  ...{ timestampMs: undefined, deliveries: 0 },
})
const opens = (user: string, name: string, connectedAtMs: number) =>
  message('connection.created', { user, name, connected_at: connectedAtMs })
const closes = (name: string, atMs: number) => message('connection.closed', { name, timestamp_in_ms: atMs })

/** Both devices are registered; the second one is online by c2 since 5. */
const known: KnownDevice[] = [
  { deviceId: first, bikeId: 'b1', presence: undefined },
  {
    ...{ deviceId: second, bikeId: 'b2' },
    presence: {
      ...{ deviceId: second, bikeId: 'b2', online: true, connection: 'c2' },
      ...{ connectedAtMs: 5, disconnectedAtMs: undefined },
    },
  },
]

async function work(
  batch: readonly QueueMessage[],
  engine: { change?: () => void; retry?: () => void } = {},
) {
  const log: string[] = []
  const concerned: ConcernedDevices[] = []
  const kept: DevicePresence[] = []
  const metrics = fakeMetrics()
  const worker = createPresenceWorker({
    consumer: fakeConsumer([batch], log),
    store: {
      async change(of, plan) {
        engine.change?.()
        concerned.push(of)
        const changed = plan(known)
        kept.push(...changed)
        log.push('kept')
        return changed
      },
    },
    outbox: {
      async retryNow(bikeIds) {
        engine.retry?.()
        log.push(`retry ${bikeIds.join(' ')}`)
      },
    },
    metrics,
    log: pino({ level: 'silent' }),
  })
  await worker.run(new AbortController().signal)
  return { log, concerned, kept, counts: metrics.counts }
}

test('presences are kept, then who came online gets waiting commands, then the broker is answered', async () => {
  const { log, concerned, kept, counts } = await work([
    opens(first, 'c1', 10),
    closes('c2', 20),
    message('connection.created', { user: 'mobility' }),
  ])
  expect(concerned).toEqual([{ deviceIds: [first], connections: ['c2'] }])
  expect(kept.map(({ bikeId, online }) => [bikeId, online])).toEqual([
    ['b1', true],
    ['b2', false],
  ])
  expect(log).toEqual(['kept', 'retry b1', 'acknowledged'])
  expect(counts).toEqual({ received: 3, written: 2 })
})

test('when nobody came online no commands are tried again', async () => {
  expect((await work([closes('c2', 20)])).log).toEqual(['kept', 'acknowledged'])
})

test.each<[string, { change?: () => void; retry?: () => void }, string[]]>([
  ['kept', { change: failing(1, 'away') }, ['away', 'kept', 'retry b1', 'acknowledged']],
  ['tried again', { retry: failing(1, 'away') }, ['kept', 'away', 'kept', 'retry b1', 'acknowledged']],
])('events are not acknowledged before all is %s', async (_, engine, expected) => {
  expect((await work([opens(first, 'c1', 10)], engine)).log).toEqual(expected)
})
