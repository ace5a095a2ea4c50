// The dispatcher: queued commands → the sessions of their bikes on the broker.
import type { Logger } from 'pino'
import type { MessagePublisher } from '../../engines/rabbitmq/port.ts'
import { commandsKey } from '../../engines/rabbitmq/topology.ts'
import { within } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { Watch } from '../../runtime/watch.ts'
import { planSendings } from './plan.ts'
import type { CommandOutbox, KnownCommand } from './port.ts'

export interface DispatcherDeps {
  readonly outbox: Pick<CommandOutbox, 'change'>
  readonly publisher: Pick<MessagePublisher, 'publish'>
  /** Of queued commands. */
  readonly watch: Watch
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

const bikesAtOnce = 100
// For pauses that end, and for notifications that were lost.
const pollMs = 1_000
// While the broker has not answered, the bikes' rows are locked; afterwards the commands are published again.
const answerTimeoutMs = 5_000

/** A command may be published twice, when a process dies in between: the bike knows it by its id. */
export function createDispatcher({ outbox, publisher, watch, metrics, log }: DispatcherDeps): Loop {
  async function publish(commands: readonly KnownCommand[]) {
    if (commands.length === 0) return []
    const answer = publisher.publish(
      commands.map(({ bikeId, payload, expiresInMs }) => ({
        ...{ routingKey: commandsKey(bikeId), body: payload, expiresInMs },
      })),
    )
    const outcomes = await within(answer, answerTimeoutMs, "RabbitMQ's answer")
    for (const outcome of outcomes) metrics.records(outcome === 'stored' ? 'written' : 'failed', 1)
    log.debug({ outcomes }, 'published')
    return outcomes
  }

  return createLoop({
    what: 'dispatching commands',
    log,
    async round(signal) {
      let handed = 0
      await outbox.change({ kind: 'due', limit: bikesAtOnce }, async (commands) => {
        handed = commands.length
        return planSendings(commands, await publish(commands))
      })
      if (handed === 0) await watch.next(pollMs, signal)
    },
  })
}
