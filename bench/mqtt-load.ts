// The modules of the device benchmark, a process of its own: they publish at QoS 1 as fast as the broker acknowledges.
import { connectAsync, type MqttClient } from 'mqtt'

/** What the parent sends: one message, then answers with one. */
export interface MqttPlan {
  readonly url: string
  readonly modules: readonly {
    readonly clientId: string
    readonly tls: { readonly key: string; readonly cert: string; readonly ca: string }
    readonly topics: readonly string[]
  }[]
  /** Base64, published in turn. */
  readonly payloads: readonly string[]
  /** Of each module, published and not acknowledged yet. */
  readonly window: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

export interface MqttOutcome {
  /** Acknowledged after the warm-up. */
  readonly publishesPerSecond: number
  readonly cpuSeconds: number
}

process.once('message', (plan: MqttPlan) => {
  void load(plan).then((outcome) => process.send?.(outcome, () => process.exit(0)))
})

async function load(plan: MqttPlan): Promise<MqttOutcome> {
  const payloads = plan.payloads.map((payload) => Buffer.from(payload, 'base64'))
  const clients = await Promise.all(
    plan.modules.map(({ tls, clientId }) =>
      connectAsync(plan.url, { ...tls, clientId, clean: true, reconnectPeriod: 0 }, false),
    ),
  )
  const startMs = performance.now() + plan.warmUpSeconds * 1_000
  const endMs = startMs + plan.seconds * 1_000
  let acknowledged = 0
  let cpu = process.cpuUsage()
  setTimeout(() => {
    cpu = process.cpuUsage()
  }, plan.warmUpSeconds * 1_000)
  const publish = async (client: MqttClient, topics: readonly string[]): Promise<void> => {
    for (let i = 0; performance.now() < endMs; i++) {
      const payload = payloads[i % payloads.length] as Buffer
      await client.publishAsync(topics[i % topics.length] as string, payload, { qos: 1 })
      const nowMs = performance.now()
      if (nowMs >= startMs && nowMs < endMs) acknowledged++
    }
  }
  const publishing = plan.modules.flatMap(({ topics }, at) =>
    Array.from({ length: plan.window }, () => publish(clients[at] as MqttClient, topics)),
  )
  await Promise.all(publishing)
  const { user, system } = process.cpuUsage(cpu)
  await Promise.all(clients.map((client) => client.endAsync()))
  return { publishesPerSecond: acknowledged / plan.seconds, cpuSeconds: (user + system) / 1e6 }
}
