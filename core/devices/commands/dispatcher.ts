// The dispatcher: queued commands of bikes that are connected → their sessions on the broker.
import type { Logger } from 'pino'
import type { MessagePublisher } from '../../engines/rabbitmq/port.ts'
import { commandsKey } from '../../engines/rabbitmq/topology.ts'
import { within } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { Watch } from '../../runtime/watch.ts'
import type { CommandMetrics } from './metrics.ts'
import { disposalOf, planOthers, planSendings, together } from './plan.ts'
import { brokerKeepsMs, type CommandOutbox, type KnownCommand } from './port.ts'
import { type SigningKey, signCommand } from './signed-command.ts'

export interface DispatcherDeps {
  readonly outbox: Pick<CommandOutbox, 'change'>
  readonly publisher: Pick<MessagePublisher, 'publish'>
  readonly key: Pick<SigningKey, 'keyId' | 'certificates' | 'sign'>
  /** Of queued commands. */
  readonly watch: Watch
  readonly metrics: WorkerMetrics
  readonly counters: Pick<CommandMetrics, 'due' | 'handedOver'>
  readonly log: Logger
}

const bikesAtOnce = 100
// For pauses that end, and for notifications that were lost.
const pollMs = 1_000
// While the broker has not answered, the bikes' rows are locked; afterwards the commands are published again.
const answerTimeoutMs = 5_000

/** A command may be published twice, when a process dies in between: the bike knows it by its id. */
export function createDispatcher(deps: DispatcherDeps): Loop {
  const { outbox, publisher, key, watch, metrics, counters, log } = deps

  async function publish(commands: readonly KnownCommand[]) {
    if (commands.length === 0) return []
    const answer = publisher.publish(
      commands.map(({ bikeId, payload, deviceIds, expiresInMs }) => ({
        routingKey: commandsKey(bikeId),
        body: signCommand(payload, deviceIds, key),
        expiresInMs: Math.min(expiresInMs, brokerKeepsMs),
      })),
    )
    const outcomes = await within(answer, answerTimeoutMs, "RabbitMQ's answer")
    for (const outcome of outcomes) {
      metrics.records(outcome === 'stored' ? 'written' : 'failed', 1)
      counters.handedOver(outcome)
    }
    log.debug({ outcomes }, 'published')
    return outcomes
  }

  return createLoop({
    what: 'dispatching commands',
    log,
    async round(signal) {
      let handed = 0
      await outbox.change({ kind: 'due', limit: bikesAtOnce }, async (due) => {
        handed = due.length
        for (const command of due) counters.due(disposalOf(command))
        const ready = due.filter((command) => disposalOf(command) === 'hand_over')
        return together(planSendings(ready, await publish(ready)), planOthers(due))
      })
      if (handed === 0) await watch.next(pollMs, signal)
    },
  })
}
