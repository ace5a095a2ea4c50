// Ends the connections of a device on the broker. The gatekeeper refuses the next one when the device is revoked.
import type { BrokerAdmin } from '../../engines/rabbitmq/port.ts'

/** Returns how many connections were ended. Connections that open meanwhile are not among them. */
export async function closeConnectionsOf(
  admin: Pick<BrokerAdmin, 'connectionsOf' | 'closeConnection'>,
  deviceId: string,
  reason: string,
): Promise<number> {
  const connections = await admin.connectionsOf(deviceId)
  const closed = await Promise.all(connections.map(({ name }) => admin.closeConnection(name, reason)))
  return closed.filter(Boolean).length
}
