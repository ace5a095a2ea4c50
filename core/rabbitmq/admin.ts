// What the broker's management API knows of connections and queues, in the port's words.
import { z } from 'zod'
import { createManagement, type ManagementAddress, segment, virtualHost } from './management.ts'
import type { BrokerAdmin, BrokerConnection } from './port.ts'

const pageSize = 500

const connection = z.object({
  name: z.string(),
  user: z.string(),
  protocol: z.string(),
  connected_at: z.number(),
  client_properties: z.object({ client_id: z.string().optional() }).optional(),
  variable_map: z.object({ client_id: z.string().optional() }).optional(),
})
type Connection = z.output<typeof connection>

// A connection that is being opened or closed is listed with its name only.
const connections = z
  .array(z.unknown())
  .transform((list) => list.flatMap((each) => connection.safeParse(each).data ?? []))
const page = z.object({ page_count: z.number(), items: connections })
// The numbers are missing until the first statistics.
const queueState = z.object({
  name: z.string(),
  messages: z.number().default(0),
  messages_ready: z.number().default(0),
  consumers: z.number().default(0),
})

export function createBrokerAdmin(address: ManagementAddress): BrokerAdmin {
  const management = createManagement(address)
  return {
    ping: async () => {
      await management.ask({ path: 'health/checks/local-alarms' })
    },
    connectionsOf: async (user) => {
      const found = await management.ask({ path: `connections/username/${segment(user)}` })
      return connections.parse(found ?? []).map(toBrokerConnection)
    },
    async *deviceConnections() {
      for (let number = 1, last = 1; number <= last; number++) {
        const path = `connections?page=${number}&page_size=${pageSize}&sort=name`
        const { items, page_count } = page.parse(await management.ask({ path }))
        last = page_count
        for (const each of items) if (each.protocol.startsWith('MQTT')) yield toBrokerConnection(each)
      }
    },
    closeConnection: async (name, reason) => {
      const path = `connections/${segment(name)}`
      return (await management.ask({ method: 'DELETE', path, headers: { 'x-reason': reason } })) !== undefined
    },
    queue: async (name) => {
      const found = await management.ask({ path: `queues/${virtualHost}/${segment(name)}` })
      if (found === undefined) return undefined
      const { messages_ready, ...rest } = queueState.parse(found)
      return { ...rest, messagesReady: messages_ready }
    },
  }
}

function toBrokerConnection(each: Connection): BrokerConnection {
  return {
    name: each.name,
    user: each.user,
    clientId: each.client_properties?.client_id ?? each.variable_map?.client_id,
    connectedAtMs: each.connected_at,
  }
}
