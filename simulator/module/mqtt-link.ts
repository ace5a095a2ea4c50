// One connection of a module to the broker, through mqtt.js: MQTT 3.1.1 over TLS, with its certificate and a session that
// outlives the connection.
import mqtt from 'mqtt'

/** In PEM. */
export interface Identity {
  readonly deviceId: string
  readonly key: string
  readonly certificate: string
  /** Whom the module believes about the broker. */
  readonly authority: string
}

export interface LinkOptions {
  /** mqtts://host:port */
  readonly url: string
  readonly identity: Identity
  /** The only topic a module subscribes to. */
  readonly commandsTopic: string
  /** Called before the broker is told that the command has arrived. */
  readonly onCommand: (payload: Uint8Array) => void
}

export interface Link {
  /** Resolves when the broker has it for good; rejects when the link is lost before, or no answer comes in time. */
  publish(topic: string, payload: Uint8Array): Promise<void>
  /** Resolves, with the reason, when the link is lost. */
  readonly lost: Promise<string>
  /** Takes leave; the broker keeps the session. */
  disconnect(): Promise<void>
}

const connectWithinMs = 15_000
/** A full queue acknowledges nothing: the module keeps the message, breaks off and tries again later. */
const acknowledgedWithinMs = 20_000
const leaveWithinMs = 5_000

/** Rejects with the reason when the broker refuses. */
export async function openLink({ url, identity, commandsTopic, onCommand }: LinkOptions): Promise<Link> {
  const client = mqtt.connect(url, {
    protocolVersion: 4,
    clientId: identity.deviceId,
    key: identity.key,
    cert: identity.certificate,
    ca: identity.authority,
    clean: false,
    keepalive: 30,
    // Whoever opens links decides when, and what is sent again.
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: connectWithinMs,
  })
  const losing = createLoss()
  let reason = 'the broker closed the connection'
  client.on('error', (error) => {
    reason = error.message
  })
  client.on('close', () => breakOff(reason))
  client.on('message', (_, payload) => onCommand(payload))

  function breakOff(why: string): void {
    losing.lose(why)
    client.end(true)
  }

  async function inTime<T>(what: string, withinMs: number, work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => breakOff(`${what}: no answer within ${withinMs} ms`), withinMs)
    try {
      return await losing.during(work)
    } finally {
      clearTimeout(timer)
    }
  }

  await inTime('connecting', connectWithinMs, connected(client))
  const subscribed = client.subscribeAsync(commandsTopic, { qos: 1 })
  const [granted] = await inTime('subscribing', connectWithinMs, subscribed)
  if (granted?.qos !== 1) {
    breakOff('the subscription was refused')
    throw new Error(await losing.lost)
  }
  return {
    lost: losing.lost,
    async publish(topic, payload) {
      const published = client.publishAsync(topic, Buffer.from(payload), { qos: 1 })
      await inTime('publishing', acknowledgedWithinMs, published)
    },
    async disconnect() {
      reason = 'disconnected'
      await inTime('leaving', leaveWithinMs, client.endAsync()).catch(() => undefined)
      losing.lose(reason)
    },
  }
}

function connected(client: mqtt.MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('connect', () => resolve()))
}

/** What is under way fails when the link is lost, with the reason; the first one counts. */
function createLoss() {
  const { promise: lost, resolve } = Promise.withResolvers<string>()
  const underWay = new Set<(error: Error) => void>()
  return {
    lost,
    lose(why: string): void {
      resolve(why)
      for (const reject of underWay) reject(new Error(why))
    },
    async during<T>(work: Promise<T>): Promise<T> {
      const { promise: failed, reject } = Promise.withResolvers<never>()
      underWay.add(reject)
      try {
        return await Promise.race([work, failed])
      } finally {
        underWay.delete(reject)
      }
    },
  }
}
