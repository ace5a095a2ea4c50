// The client libraries alone, a process of its own: the worker's prefetch and batches, and nothing between queue and topic.
import { type ConsumeMessage, connect } from 'amqplib'
import { createProducer } from '../core/engines/kafka/producer.ts'
import { createLog } from '../core/runtime/service.ts'

/** What the parent sends: one message, then answers with one. */
export interface DrainPlan {
  readonly amqpUrl: string
  readonly queues: readonly string[]
  readonly messages: number
  /** The first messages, of which the rates say nothing. */
  readonly warmUp: number
  readonly batch: number
  /** The messages are thrown away when absent. */
  readonly kafka?: {
    readonly brokers: readonly string[]
    readonly topic: string
    /** So much is put before each message, so that as many bytes go to Kafka as with the platform's envelopes. */
    readonly envelopeBytes: number
  }
}

/** Behind the warm-up. */
export interface DrainOutcome {
  readonly messages: number
  readonly seconds: number
  readonly cpuSeconds: number
}

/** In a routing key: `bikes.{bikeId}.…`. */
const bikeIdAt = 6

process.once('message', (plan: DrainPlan) => {
  void drain(plan).then((outcome) => process.send?.(outcome, () => process.exit(0)))
})

async function drain({ amqpUrl, queues, messages, warmUp, batch, kafka }: DrainPlan): Promise<DrainOutcome> {
  const log = createLog('bare', 'silent')
  const producer = kafka && createProducer({ brokers: kafka.brokers, name: 'bare', log })
  const connection = await connect(amqpUrl)
  const channel = await connection.createChannel()
  await channel.prefetch(2 * batch)
  const envelope = Buffer.alloc(kafka?.envelopeBytes ?? 0)
  const arrived: ConsumeMessage[] = []
  let wake: () => void = () => undefined
  for (const queue of queues) {
    await channel.consume(queue, (message) => {
      if (message === null) return
      arrived.push(message)
      wake()
    })
  }

  async function workBatch(): Promise<number> {
    while (arrived.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const taken = arrived.splice(0, batch)
    if (kafka !== undefined && producer !== undefined) {
      const toRecord = ({ content, fields }: ConsumeMessage) => ({
        topic: kafka.topic,
        key: Buffer.from(fields.routingKey.slice(bikeIdAt, bikeIdAt + 16)),
        value: Buffer.concat([envelope, content]),
      })
      await producer.send(taken.map(toRecord))
    }
    channel.ack(taken.at(-1) as ConsumeMessage, true)
    return taken.length
  }

  let warm = 0
  while (warm < warmUp) warm += await workBatch()
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  for (let done = warm; done < messages; ) done += await workBatch()
  const seconds = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  await connection.close()
  return { messages: messages - warm, seconds, cpuSeconds: (user + system) / 1e6 }
}
