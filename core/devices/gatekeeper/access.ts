// Which device may do what on the broker: pure.
import { isUuid } from '../../../proto/index.ts'
import { commandsKey, readRoutingKey, topicExchange } from '../../engines/rabbitmq/topology.ts'
import type { KnownDevice } from '../authority/port.ts'

/** The broker's questions (rabbit_auth_backend_http); `username` is the common name of the certificate. */
export type AccessRequest = { readonly username: string } & (
  | { readonly check: 'user'; readonly password?: string | undefined }
  | { readonly check: 'vhost'; readonly vhost: string; readonly clientId?: string | undefined }
  | {
      readonly check: 'resource'
      readonly resource: string
      readonly name: string
      readonly permission: string
      readonly clientId?: string | undefined
    }
  | {
      readonly check: 'topic'
      readonly name: string
      readonly permission: string
      readonly routingKey: string
      readonly clientId?: string | undefined
    }
)
export type Check = AccessRequest['check']

const denials = [
  /** A password instead of a certificate: RabbitMQ believes the name beside it, so a device could give another's. */
  'password',
  'device_unknown',
  'device_revoked',
  /** Another MQTT client id than the device's, or none: no MQTT client. */
  'client_id',
  'vhost',
  /** A queue or exchange that is no business of this device. */
  'resource',
  /** Another bike's topic, or none that devices use so. */
  'topic',
] as const
export type Denial = (typeof denials)[number]

const vhost = '/'

/** Undefined when it may. `device` is what the registry knows of that user name. */
export function denialOf(asked: AccessRequest, device: KnownDevice | undefined): Denial | undefined {
  if (asked.check === 'user' && asked.password !== undefined) return 'password'
  if (device === undefined) return 'device_unknown'
  if (device.revoked) return 'device_revoked'
  if (asked.check === 'user') return undefined
  if (asked.clientId !== asked.username) return 'client_id'
  switch (asked.check) {
    case 'vhost':
      return asked.vhost === vhost ? undefined : 'vhost'
    case 'resource':
      return mayUseResource(asked) ? undefined : 'resource'
    case 'topic':
      return asked.name === topicExchange && mayUseTopic(asked, device.bikeId) ? undefined : 'topic'
  }
}

/** Its own session, a queue for each quality of service, and the exchange of MQTT topics. */
function mayUseResource(asked: {
  username: string
  resource: string
  name: string
  permission: string
}): boolean {
  const { username, resource, name, permission } = asked
  if (resource === 'exchange') return name === topicExchange && ['read', 'write'].includes(permission)
  const session = [0, 1].some((qos) => name === `mqtt-subscription-${username}qos${qos}`)
  return resource === 'queue' && session && ['configure', 'read', 'write'].includes(permission)
}

/** A subscription is a read, whose key may hold wildcards: `*` and `#`. */
function mayUseTopic(asked: { permission: string; routingKey: string }, bikeId: string): boolean {
  if (asked.permission === 'read') return asked.routingKey === commandsKey(bikeId)
  const topic = readRoutingKey(asked.routingKey)
  if (asked.permission !== 'write' || topic?.bikeId !== bikeId) return false
  return topic.type === 'telemetry' || isUuid(topic.commandId)
}
