// Brings a broker to what this version needs: durable quorum queues, what is bound to them, their policies, and users.
import {
  createManagement,
  type Management,
  type ManagementAddress,
  segment,
  virtualHost,
} from './management.ts'
import type { BrokerUser } from './port.ts'
import { queues, topicExchange } from './topology.ts'

export interface BrokerProvisioning extends ManagementAddress {
  /** A queue holding more refuses; its publishers keep what they have. Room for a long outage of the consumers. */
  readonly maxQueueBytes?: number
}

/** Where queues send what cannot be delivered; the routing key stays. */
const deadLetterExchange = 'dead-letters'

/** A message handed out and given back this often ends its workers, or something does: it goes to the dead letters. */
export const deliveryLimit = 20

const gib = 1024 ** 3
// The exchange of plugin rabbitmq_event_exchange.
const eventExchange = 'amq.rabbitmq.event'

const bindings: readonly { queue: string; source: string; key: string }[] = [
  { queue: queues.ride, source: topicExchange, key: 'bikes.*.telemetry.ride' },
  { queue: queues.battery, source: topicExchange, key: 'bikes.*.telemetry.battery' },
  { queue: queues.motor, source: topicExchange, key: 'bikes.*.telemetry.motor' },
  { queue: queues.fault, source: topicExchange, key: 'bikes.*.telemetry.fault' },
  { queue: queues.acks, source: topicExchange, key: 'bikes.*.commands.*.ack' },
  { queue: queues.acks, source: topicExchange, key: 'bikes.*.settings' },
  { queue: queues.connections, source: eventExchange, key: 'connection.created' },
  { queue: queues.connections, source: eventExchange, key: 'connection.closed' },
  { queue: queues.deadLetters, source: deadLetterExchange, key: '' },
]

/**
 * May run at any time, any number of times. Nothing that holds messages is ever removed. Needs an administrator, who needs no right in
 * the virtual host.
 */
export async function provisionBroker({
  managementUrl,
  maxQueueBytes = 4 * gib,
}: BrokerProvisioning): Promise<void> {
  const management = createManagement({ managementUrl })
  // Policies first: no queue is without its limits for a moment.
  for (const [name, policy] of Object.entries(policies(maxQueueBytes))) {
    await put(management, `policies/${virtualHost}/${segment(name)}`, { ...policy, 'apply-to': 'queues' })
  }
  await asMaker(managementUrl, makeQueues)
}

/**
 * Whoever makes queues has a right in the virtual host, and could come in on the port of the bikes with it. So that is an account of this
 * run, which ends with it, with a password that nobody is told.
 */
async function asMaker(
  managementUrl: string,
  work: (management: Management) => Promise<void>,
): Promise<void> {
  const management = createManagement({ managementUrl })
  const login = { username: `provisioning-${crypto.randomUUID()}`, password: crypto.randomUUID() }
  const all = '.*'
  await put(management, `users/${login.username}`, { password: login.password, tags: 'management' })
  try {
    const rights = { configure: all, write: all, read: all }
    await put(management, `permissions/${virtualHost}/${login.username}`, rights)
    await work(createManagement({ managementUrl: Object.assign(new URL(managementUrl), login).href }))
  } finally {
    await management.ask({ method: 'DELETE', path: `users/${login.username}` })
  }
}

async function makeQueues(management: Management): Promise<void> {
  await put(management, `exchanges/${virtualHost}/${segment(deadLetterExchange)}`, {
    type: 'fanout',
    durable: true,
  })
  for (const queue of Object.values(queues)) {
    await put(management, `queues/${virtualHost}/${segment(queue)}`, { durable: true, arguments: quorum })
  }
  for (const { queue, source, key } of bindings) {
    const path = `bindings/${virtualHost}/e/${segment(source)}/q/${segment(queue)}`
    await change(management, { method: 'POST', path, body: { routing_key: key } })
  }
}

/** On three nodes each has a copy, and two must have a message before it is confirmed; on one node there is one. */
const quorum = {
  'x-queue-type': 'quorum',
  'x-quorum-initial-group-size': 3,
  'x-queue-leader-locator': 'balanced',
}

function policies(maxQueueBytes: number): Record<string, { pattern: string; definition: object }> {
  const limited = { 'max-length-bytes': maxQueueBytes, overflow: 'reject-publish' }
  const { deadLetters, ...worked } = queues
  return {
    'platform-queues': {
      pattern: anyOf(Object.values(worked)),
      definition: {
        ...limited,
        'delivery-limit': deliveryLimit,
        'dead-letter-exchange': deadLetterExchange,
        // Held back in its queue until the dead letters have it.
        'dead-letter-strategy': 'at-least-once',
      },
    },
    'platform-dead-letters': { pattern: anyOf([deadLetters]), definition: limited },
    // Commands for a bike whose connection has just ended. One that the queue refuses stays in the outbox.
    'device-sessions': {
      pattern: '^mqtt-subscription-',
      definition: { 'max-length': 200, 'max-length-bytes': 256 * 1024, overflow: 'reject-publish' },
    },
  }
}

const anyOf = (names: readonly string[]): string =>
  `^(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})$`

const put = (management: Management, path: string, body: object): Promise<void> =>
  change(management, { method: 'PUT', path, body })

type Change = { readonly method: 'PUT' | 'POST'; readonly path: string; readonly body: object }

async function change(management: Management, request: Change): Promise<void> {
  if ((await management.ask(request)) === undefined) {
    throw new Error(`${request.path}: not found; are the broker's plugins for MQTT and events enabled?`)
  }
}

/** Afterwards each of these users has its password and may do what is said of it, and nothing else; other users stay as they are. */
export async function provisionBrokerUsers(
  address: ManagementAddress,
  users: readonly BrokerUser[],
): Promise<void> {
  const management = createManagement(address)
  for (const { name, password, tag, rights, publishes } of users) {
    const user = segment(name)
    await put(management, `users/${user}`, { password, tags: tag ?? '' })
    const path = `permissions/${virtualHost}/${user}`
    if (rights === undefined) await management.ask({ method: 'DELETE', path })
    else await put(management, path, { configure: none, write: none, read: none, ...rights })
    const topics = { exchange: topicExchange, write: publishes ?? none, read: none }
    await put(management, `topic-permissions/${virtualHost}/${user}`, topics)
  }
}

/** Matches no name. */
const none = '^$'
