// Which device may do what on the broker: pure.
import { isUuid } from '../../../proto/index.ts'
import { readDeviceUser } from '../../engines/rabbitmq/device-user.ts'
import { commandsKey, readRoutingKey, topicExchange } from '../../engines/rabbitmq/topology.ts'
import type { CertificateState, ShownDevice } from '../authority/port.ts'

/** The broker's questions (rabbit_auth_backend_http); `username` is the subject of the certificate. */
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

export const denials = [
  /** A password instead of a certificate: RabbitMQ believes the name beside it, so a device could give another's. */
  'password',
  'device_unknown',
  'device_revoked',
  /** Signed by somebody who has an authority's key, but the registry: no enrolment and no renewal issued it. */
  'certificate_unknown',
  'certificate_revoked',
  /** Past its end, which TLS alone does not notice when a session is resumed. */
  'certificate_ended',
  /** Its bike's modules sent more than their quota; it may come again later. */
  'device_suspended',
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

const certificateDenials = {
  in_service: undefined,
  unknown: 'certificate_unknown',
  revoked: 'certificate_revoked',
  ended: 'certificate_ended',
} as const satisfies Record<CertificateState, Denial | undefined>

/** Undefined when it may. `device` is what the registry knows of that user name. */
export function denialOf(asked: AccessRequest, device: ShownDevice | undefined): Denial | undefined {
  if (asked.check === 'user' && asked.password !== undefined) return 'password'
  const deviceId = readDeviceUser(asked.username)?.deviceId
  if (device === undefined || deviceId === undefined) return 'device_unknown'
  if (device.revoked) return 'device_revoked'
  const certificateDenial = certificateDenials[device.certificate]
  if (certificateDenial !== undefined) return certificateDenial
  if (device.suspended) return 'device_suspended'
  if (asked.check === 'user') return undefined
  if (asked.clientId !== deviceId) return 'client_id'
  switch (asked.check) {
    case 'vhost':
      return asked.vhost === vhost ? undefined : 'vhost'
    case 'resource':
      return mayUseResource(asked, deviceId) ? undefined : 'resource'
    case 'topic':
      return asked.name === topicExchange && mayUseTopic(asked, device.bikeId) ? undefined : 'topic'
  }
}

/** Its own session, a queue for each quality of service, and the exchange of MQTT topics. */
function mayUseResource(
  { resource, name, permission }: { resource: string; name: string; permission: string },
  deviceId: string,
): boolean {
  if (resource === 'exchange') return name === topicExchange && ['read', 'write'].includes(permission)
  const session = [0, 1].some((qos) => name === `mqtt-subscription-${deviceId}qos${qos}`)
  return resource === 'queue' && session && ['configure', 'read', 'write'].includes(permission)
}

/** A subscription is a read, whose key may hold wildcards: `*` and `#`. */
function mayUseTopic(asked: { permission: string; routingKey: string }, bikeId: string): boolean {
  if (asked.permission === 'read') return asked.routingKey === commandsKey(bikeId)
  const topic = readRoutingKey(asked.routingKey)
  if (asked.permission !== 'write' || topic?.bikeId !== bikeId) return false
  return topic.type !== 'ack' || isUuid(topic.commandId)
}
