// Publishes and learns from the broker what became of each message.
import type { ConfirmChannel } from 'amqplib'
import { within } from '../../runtime/back-off.ts'
import { type Link, type LinkOptions, openLink } from './link.ts'
import type { MessagePublisher, OutgoingMessage, PublishOutcome } from './port.ts'
import { topicExchange } from './topology.ts'

/** Messages on their way at one time. */
const window = 1_000
const openTimeoutMs = 5_000
const answerTimeoutMs = 30_000

export function createPublisher(options: LinkOptions): MessagePublisher {
  return publishOver(openLink(options))
}

export function publishOver(link: Pick<Link, 'confirmChannel' | 'trouble' | 'close'>): MessagePublisher {
  let current: Promise<Confirming> | undefined

  /** One channel for all calls; a lost one is replaced by the next call. */
  function confirming(): Promise<Confirming> {
    current ??= link
      .confirmChannel()
      .then((channel) => createConfirming(channel, () => (current = undefined)))
    return current
  }

  return {
    async publish(messages) {
      const outcomes: PublishOutcome[] = []
      for (let from = 0; from < messages.length; from += window) {
        const channel = await within(confirming(), openTimeoutMs, 'reaching RabbitMQ')
        const answers = channel.publish(messages.slice(from, from + window))
        outcomes.push(...(await within(answers, answerTimeoutMs, "RabbitMQ's answer")))
      }
      return outcomes
    },
    trouble: link.trouble,
    close: link.close,
  }
}

interface Confirming {
  publish(messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]>
}

function createConfirming(channel: ConfirmChannel, onLost: () => void): Confirming {
  let number = 0
  let lost: Error | undefined
  // The broker returns a message without a queue before it confirms it; our id tells which one that is.
  const returned = new Set<string>()
  channel.on('return', ({ properties }) => returned.add(String(properties.messageId)))
  channel.on('error', (error) => {
    lost = error
  })
  channel.on('close', () => {
    lost ??= new Error('the channel was closed')
    onLost()
  })

  const publishOne = (message: OutgoingMessage): Promise<PublishOutcome> =>
    new Promise((resolve, reject) => {
      const messageId = String(number++)
      const { exchange = topicExchange, routingKey, body, expiresInMs } = message
      const content = Buffer.isBuffer(body)
        ? body
        : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      const expiration = expiresInMs === undefined ? {} : { expiration: Math.max(0, Math.floor(expiresInMs)) }
      const properties = { persistent: true, mandatory: true, messageId, ...expiration }
      channel.publish(exchange, routingKey, content, properties, (refusal) => {
        const isUnroutable = returned.delete(messageId)
        if (lost !== undefined) reject(lost)
        else if (refusal) resolve('refused')
        else resolve(isUnroutable ? 'unroutable' : 'stored')
      })
    })

  return { publish: (messages) => Promise.all(messages.map(publishOne)) }
}
