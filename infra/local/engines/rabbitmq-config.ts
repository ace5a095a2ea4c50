// The configuration of the local RabbitMQ node; a deployed one differs in addresses, limits and the number of nodes.

import { createHash, randomBytes } from 'node:crypto'

export type RabbitMqConfig = {
  ports: { amqp: number; management: number; mqtts: number }
  /** Where devices come in; 127.0.0.1 by default. */
  mqttsAddress?: string
  user: string
  password: string
  /** Whom the broker asks what a device may. */
  gatekeeperUrl: string
  /** PEM files: who signs devices' certificates, and how the broker shows itself. */
  tls: { authority: string; certificate: string; key: string }
  /** Files for services with accounts of their own: PEM of the management API, and the definition of the administrator. */
  secure?: { certificate: string; key: string; definitions: string } | undefined
}

type Ports = RabbitMqConfig['ports']

const plain = ({ ports: { amqp, management }, user, password }: RabbitMqConfig): string => `\
listeners.tcp.local = 127.0.0.1:${amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = ${management}
default_user = ${user}
default_pass = ${password}
default_user_tags.administrator = true
`

const encrypted = ({ amqp, management }: Ports, files: NonNullable<RabbitMqConfig['secure']>): string => `\
listeners.tcp = none
listeners.ssl.local = 127.0.0.1:${amqp}
management.ssl.ip = 127.0.0.1
management.ssl.port = ${management}
management.ssl.certfile = ${files.certificate}
management.ssl.keyfile = ${files.key}
load_definitions = ${files.definitions}
`

/**
 * Definitions to load at a start: an administrator without a right in the virtual host, so that neither AMQP nor MQTT lets him in. On the
 * port of the bikes nobody is more than a bike.
 */
export const administratorDefinitions = ({ user, password }: { user: string; password: string }): string =>
  JSON.stringify({
    vhosts: [{ name: '/' }],
    users: [
      {
        ...{ name: user, tags: ['administrator'] },
        ...{ password_hash: hashOf(password), hashing_algorithm: 'rabbit_password_hashing_sha256' },
      },
    ],
  })

/** As the broker keeps it: four bytes of salt, and the digest of salt and password. */
const hashOf = (password: string): string => {
  const salt = randomBytes(4)
  return Buffer.concat([salt, createHash('sha256').update(salt).update(password).digest()]).toString('base64')
}

const days = 24 * 60 * 60 * 1000

/**
 * Devices prove who they are by certificate; its subject is their user name, with the device id and the certificate's number,
 * and the gatekeeper says what it may.
 * Its answers hold for some seconds, so that neither a message nor a revocation waits for long. Accounts of people and
 * services live in the broker, and only devices speak MQTT. Its listeners for MQTT and AMQPS share their options: both ask for a certificate.
 */
export const rabbitMqConf = (config: RabbitMqConfig): string => {
  const { ports, mqttsAddress = '127.0.0.1', gatekeeperUrl, tls, secure } = config
  return `\
${secure === undefined ? plain(config) : encrypted(ports, secure)}mqtt.listeners.tcp = none
mqtt.listeners.ssl.local = ${mqttsAddress}:${ports.mqtts}

auth_backends.1 = internal
auth_backends.2 = rabbit_auth_backend_cache
auth_cache.cached_backend = http
auth_cache.cache_ttl = 3000
auth_http.http_method = post
auth_http.user_path = ${gatekeeperUrl}/user
auth_http.vhost_path = ${gatekeeperUrl}/vhost
auth_http.resource_path = ${gatekeeperUrl}/resource
auth_http.topic_path = ${gatekeeperUrl}/topic

ssl_options.cacertfile = ${tls.authority}
ssl_options.certfile = ${tls.certificate}
ssl_options.keyfile = ${tls.key}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
ssl_cert_login_from = distinguished_name

mqtt.allow_anonymous = false
mqtt.ssl_cert_login = true
mqtt.exchange = amq.topic
mqtt.prefetch = 10
mqtt.subscription_ttl = ${30 * days}
mqtt.retained_message_store = rabbit_mqtt_retained_msg_store_noop

max_message_size = 262144
consumer_timeout = ${days}
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 500MB
log.console = true
log.console.level = info
log.file = false
`
}

export const enabledPlugins = `\
[rabbitmq_mqtt, rabbitmq_management, rabbitmq_auth_backend_http, rabbitmq_auth_backend_cache, rabbitmq_event_exchange].
`
