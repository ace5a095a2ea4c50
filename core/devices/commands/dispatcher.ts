// The dispatcher: queued commands → the sessions of their bikes on the broker.
import type { Logger } from 'pino'
import type { MessagePublisher } from '../../engines/rabbitmq/port.ts'
import { commandsKey } from '../../engines/rabbitmq/topology.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { within } from '../../runtime/waiting.ts'
import type { Watch } from '../../runtime/watch.ts'
import type { CommandOutbox, QueuedCommand, Sending } from './port.ts'
import { sendingOf } from './sending.ts'

export interface DispatcherDeps {
  readonly outbox: Pick<CommandOutbox, 'dispatch'>
  readonly publisher: Pick<MessagePublisher, 'publish'>
  /** Of queued commands. */
  readonly watch: Watch
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

const bikesAtOnce = 100
// For pauses that end, and for notifications that were lost.
const pollMs = 1_000
// While the broker thinks, the bikes' rows are held; afterwards the commands are published again.
const answerTimeoutMs = 5_000

/** A command may be published twice, when a process dies in between: the bike knows it by its id. */
export function createDispatcher({ outbox, publisher, watch, metrics, log }: DispatcherDeps): Loop {
  async function publish(commands: readonly QueuedCommand[]): Promise<Sending[]> {
    const answer = publisher.publish(
      commands.map(({ bikeId, payload, expiresInMs }) => ({
        ...{ routingKey: commandsKey(bikeId), body: payload, expiresInMs },
      })),
    )
    const outcomes = await within(answer, answerTimeoutMs, "RabbitMQ's answer")
    for (const outcome of outcomes) metrics.records(outcome === 'stored' ? 'written' : 'failed', 1)
    log.debug({ outcomes }, 'published')
    return commands.map(({ attempts }, n) => sendingOf(outcomes[n], attempts))
  }

  return createLoop({
    what: 'dispatching commands',
    log,
    async round(signal) {
      const handed = await outbox.dispatch(bikesAtOnce, publish)
      if (handed === 0) await watch.next(pollMs, signal)
    },
  })
}
