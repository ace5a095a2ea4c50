// Ends the connections of a device on the broker. The gatekeeper refuses the next one when device or certificate is out of service.
import { type DeviceUser, deviceUsersOf } from '../../engines/rabbitmq/device-user.ts'
import type { BrokerAdmin, BrokerConnection } from '../../engines/rabbitmq/port.ts'

/** Those of a device by one certificate, under whichever name the broker knows them. */
export async function connectionsOf(
  admin: Pick<BrokerAdmin, 'connectionsOf'>,
  user: DeviceUser,
): Promise<readonly BrokerConnection[]> {
  const connections: BrokerConnection[] = []
  for (const name of deviceUsersOf(user)) connections.push(...(await admin.connectionsOf(name)))
  return connections
}

/** Returns how many connections were ended. Connections that open meanwhile are not among them. */
export async function closeConnectionsOf(
  admin: Pick<BrokerAdmin, 'connectionsOf' | 'closeConnection'>,
  user: DeviceUser,
  reason: string,
): Promise<number> {
  const connections = await connectionsOf(admin, user)
  const closed = await Promise.all(connections.map(({ name }) => admin.closeConnection(name, reason)))
  return closed.filter(Boolean).length
}
