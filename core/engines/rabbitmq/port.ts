// RabbitMQ as the workers need it. Only this folder knows its client library and its management API.

/** A message as read from a queue. */
export interface QueueMessage {
  readonly queue: string
  /** The MQTT topic with dots for slashes: `bikes.{bikeId}.telemetry.ride`. Dead letters keep the original one. */
  readonly routingKey: string
  readonly body: Buffer
  /** As the broker gives them: numbers, strings, booleans, nested objects and arrays. Connection events are headers only. */
  readonly headers: Readonly<Record<string, unknown>>
  /** Where the publisher or the broker says so: of connection events, not of devices' messages (RabbitMQ 3.10 stamps none). */
  readonly timestampMs: number | undefined
  /** How often it was handed out before without an acknowledgement. */
  readonly deliveries: number
}

export interface QueueConsumer {
  /**
   * Hands over batches one after the other until `signal` aborts, then resolves. A batch, of one queue or of several
   * in order of arrival, is acknowledged after `handle` has resolved. A rejection of `handle` means broken
   * infrastructure: the same batch is handed over again after a growing pause. RabbitMQ's absence is waited out; what
   * was not acknowledged then comes again, so a handed-over batch may contain messages that were handled before.
   */
  run(
    handle: (batch: readonly QueueMessage[], signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>
  /** Messages handed out by the broker and not yet acknowledged. */
  inFlight(): number
  /** Why the consumer is not consuming at the moment; undefined when all is well. For readiness. */
  trouble(): string | undefined
  close(): Promise<void>
}

/** A message to publish; persistent always. */
export interface OutgoingMessage {
  /** `amq.topic`, where the sessions of devices are bound, unless stated; empty: straight to the queue `routingKey`. */
  readonly exchange?: string
  /** An MQTT topic with dots for slashes: `bikes.{bikeId}.commands`. */
  readonly routingKey: string
  readonly body: Uint8Array
  /** Removed from the queue unread after this time, at least 0. */
  readonly expiresInMs?: number
}

const publishOutcomes = [
  /** All queues it belongs to have it for good. */
  'stored',
  /** No queue wants it; nobody has it. For a command: the device has no session. */
  'unroutable',
  /** A queue is full or has no quorum; nobody, or not everybody, has it. */
  'refused',
] as const
export type PublishOutcome = (typeof publishOutcomes)[number]

export interface MessagePublisher {
  /**
   * Resolves with one outcome a message, in order, when the broker has answered for all of them; messages of one call
   * and of consecutive calls keep their order in a queue. Rejects when the broker cannot be reached or is lost
   * meanwhile: each message may or may not be stored.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]>
  /** Why nothing can be published at the moment; undefined when all is well. For readiness. */
  trouble(): string | undefined
  close(): Promise<void>
}

/** An open connection of a client. */
export interface BrokerConnection {
  /** The broker's name of it, as in connection events: `127.0.0.1:50112 -> 127.0.0.1:8883`. */
  readonly name: string
  /** For devices the common name of the certificate: the device id. */
  readonly user: string
  readonly connectedAtMs: number
}

interface QueueState {
  readonly name: string
  /** Messages waiting and handed out. */
  readonly messages: number
  readonly messagesReady: number
  /** Messages that have come in since the broker began to count. */
  readonly published: number
  readonly consumers: number
}

/** The management API. Every method rejects when it cannot be reached. */
export interface BrokerAdmin {
  /** Rejects with what is wrong when the broker does not answer. */
  ping(): Promise<void>
  /** The open connections of a user as they are this moment, none when there are none. */
  connectionsOf(user: string): Promise<readonly BrokerConnection[]>
  /** Ends a connection; true when it was there. Its client sees a broken connection. */
  closeConnection(name: string, reason: string): Promise<boolean>
  /** Empties the session of a device: what waits for it is gone, but not what it has in hand. False where it has none. */
  purgeSession(deviceId: string): Promise<boolean>
  /** Numbers of the broker's statistics, up to five seconds old; undefined when there is no such queue. */
  queue(name: string): Promise<QueueState | undefined>
}

/** An account at the broker. Rights are patterns of names of exchanges and queues in the virtual host; one that is left out matches none. */
export interface BrokerUser {
  readonly name: string
  readonly password: string
  /** For the management API alone; an administrator may end connections of others. */
  readonly tag?: 'monitoring' | 'administrator'
  /** Without them it is not let into the virtual host, neither by AMQP nor by MQTT. */
  readonly rights?: { readonly write?: string; readonly read?: string }
  /** Pattern of routing keys that it may publish to devices. */
  readonly publishes?: string
}
