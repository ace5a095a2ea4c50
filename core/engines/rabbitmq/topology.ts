// The queues of the platform, what is bound to them, and MQTT topics as the broker's routing keys.
import { type Kind, kinds } from '../../../proto/index.ts'

/** Where RabbitMQ's MQTT plugin publishes, and where it binds the sessions of devices. */
export const topicExchange = 'amq.topic'

/** One durable quorum queue a message type. */
export const queues = {
  ride: 'telemetry.ride',
  battery: 'telemetry.battery',
  motor: 'telemetry.motor',
  fault: 'telemetry.fault',
  acks: 'commands.acks',
  connections: 'connections',
  deadLetters: 'dead-letters',
} as const satisfies Record<Kind | 'acks' | 'connections' | 'deadLetters', string>

export type QueueName = (typeof queues)[keyof typeof queues]

/** The queues that the devices worker reads. */
export const telemetryQueues: readonly QueueName[] = kinds.map((kind) => queues[kind])

/** A message's routing key, read; the bike's id is text as it came, a UUID or not. */
export type DeviceTopic =
  | { readonly type: 'telemetry'; readonly bikeId: string; readonly kind: Kind }
  | { readonly type: 'ack'; readonly bikeId: string; readonly commandId: string }
  | { readonly type: 'settings'; readonly bikeId: string }

/** Undefined when it is no topic that devices publish to. */
export function readRoutingKey(routingKey: string): DeviceTopic | undefined {
  const [root, bikeId = '', branch, leaf = '', ...rest] = routingKey.split('.')
  if (root !== 'bikes') return undefined
  const kind = kinds.find((each) => each === leaf)
  if (branch === 'telemetry' && kind !== undefined && rest.length === 0)
    return { type: 'telemetry', bikeId, kind }
  if (branch === 'commands' && rest.length === 1 && rest[0] === 'ack')
    return { type: 'ack', bikeId, commandId: leaf }
  return routingKey === settingsKey(bikeId) ? { type: 'settings', bikeId } : undefined
}

/** Of MQTT topic bikes/{bikeId}/telemetry/{kind}. */
export function telemetryKey(bikeId: string, kind: Kind): string {
  return `bikes.${bikeId}.telemetry.${kind}`
}

/** Where RabbitMQ's MQTT plugin keeps what a device subscribes to with QoS 1, in a session that outlives connections. */
export function sessionQueue(deviceId: string): string {
  return `mqtt-subscription-${deviceId}qos1`
}

/** Of MQTT topic bikes/{bikeId}/settings. */
const settingsKey = (bikeId: string): string => `bikes.${bikeId}.settings`

/** Of MQTT topic bikes/{bikeId}/commands. */
export function commandsKey(bikeId: string): string {
  return `bikes.${bikeId}.commands`
}
