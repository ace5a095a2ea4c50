// Connections and queues as the broker's management API knows them, in the port's words.
import { z } from 'zod'
import { createManagement, type ManagementAddress, segment, virtualHost } from './management.ts'
import type { BrokerAdmin } from './port.ts'
import { sessionQueue } from './topology.ts'

const connections = z.array(
  z
    .object({ name: z.string(), user: z.string(), connected_at: z.number().default(0) })
    .transform(({ connected_at, ...rest }) => ({ ...rest, connectedAtMs: connected_at })),
)
// The numbers are missing until the first statistics.
const queueState = z.object({
  name: z.string(),
  messages: z.number().default(0),
  messages_ready: z.number().default(0),
  consumers: z.number().default(0),
  message_stats: z.object({ publish: z.number().default(0) }).default({ publish: 0 }),
})

export function createBrokerAdmin(address: ManagementAddress): BrokerAdmin {
  const management = createManagement(address)
  return {
    ping: async () => {
      await management.ask({ path: 'health/checks/local-alarms' })
    },
    connectionsOf: async (user) => {
      const found = await management.ask({ path: `connections/username/${segment(user)}` })
      return connections.parse(found ?? [])
    },
    closeConnection: async (name, reason) => {
      const path = `connections/${segment(name)}`
      return (await management.ask({ method: 'DELETE', path, headers: { 'x-reason': reason } })) !== undefined
    },
    purgeSession: async (deviceId) => {
      const path = `queues/${virtualHost}/${segment(sessionQueue(deviceId))}/contents`
      return (await management.ask({ method: 'DELETE', path })) !== undefined
    },
    queue: async (name) => {
      const found = await management.ask({ path: `queues/${virtualHost}/${segment(name)}` })
      if (found === undefined) return undefined
      const { messages_ready, message_stats, ...rest } = queueState.parse(found)
      return { ...rest, messagesReady: messages_ready, published: message_stats.publish }
    },
  }
}
