// Ends what a device has open on the broker: it is refused when it comes again, if it is revoked by then.
import type { BrokerAdmin } from '../../engines/rabbitmq/port.ts'

/** Returns how many connections were ended. What is opened meanwhile is not among them. */
export async function closeConnectionsOf(
  admin: Pick<BrokerAdmin, 'connectionsOf' | 'closeConnection'>,
  deviceId: string,
  reason: string,
): Promise<number> {
  const connections = await admin.connectionsOf(deviceId)
  const closed = await Promise.all(connections.map(({ name }) => admin.closeConnection(name, reason)))
  return closed.filter(Boolean).length
}
