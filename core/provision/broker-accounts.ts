// What each service may do at the broker of devices: it has an account for AMQP, and one for the management API. Pure.
import type { BrokerUser } from '../engines/rabbitmq/index.ts'
import { queues, telemetryQueues } from '../engines/rabbitmq/topology.ts'

type Rights = Omit<BrokerUser, 'name' | 'password'>

export type BrokerAccount = 'devices' | 'presence' | 'commands'

const only = (...names: readonly string[]): string =>
  `^(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})$`

/** Who may see what waits in queues needs to be let into the virtual host, with no right in it. */
const watching: Rights = { tag: 'monitoring', rights: {} }

export const brokerAccounts: Readonly<Record<BrokerAccount, { amqp: Rights; management: Rights }>> = {
  devices: { amqp: { rights: { read: only(...telemetryQueues, queues.deadLetters) } }, management: watching },
  // The broker lets administrators alone end the connections of others. This one is let into no virtual host.
  presence: { amqp: { rights: { read: only(queues.connections) } }, management: { tag: 'administrator' } },
  commands: {
    amqp: {
      rights: { read: only(queues.acks), write: only('amq.topic') },
      publishes: '^bikes\\.[^.]+\\.commands$',
    },
    // Whoever purges what waits for a module may read it.
    management: { ...watching, rights: { read: '^mqtt-subscription-[^.]+qos1$' } },
  },
}
