// Reads the broker's connection events: everything is in the headers of the message.
import { readDeviceUser } from '../../engines/rabbitmq/device-user.ts'
import type { QueueMessage } from '../../engines/rabbitmq/port.ts'
import type { ConnectionEvent } from './port.ts'

/**
 * Undefined for connections of the platform itself, and for events of no form that we know.
 *
 * `connection.created` of user `SERIALNUMBER=5d54…,CN=6f1c…` →
 * `{ type: 'opened', deviceId: '6f1c…', certificate: '5d54…', connection: '10.0.0.7:52001 -> 10.0.0.2:8883 <rabbit@a.1.902.0>', atMs }`.
 */
export function readConnectionEvent({
  routingKey,
  headers,
}: Pick<QueueMessage, 'routingKey' | 'headers'>): ConnectionEvent | undefined {
  const { name, pid, user, connected_at: connectedAtMs, timestamp_in_ms: atMs } = headers
  if (typeof name !== 'string' || name === '') return undefined
  // Behind a proxy with fixed ports a new connection has the name of the one before, whose end may be told after its beginning.
  const connection = typeof pid === 'string' ? `${name} ${pid}` : name
  if (routingKey === 'connection.closed') {
    // The management API, by which presence is compared, tells the name alone.
    const connections = [...new Set([connection, name])]
    return isTime(atMs) ? { type: 'closed', connections, atMs } : undefined
  }
  const device = typeof user === 'string' ? readDeviceUser(user) : undefined
  if (routingKey !== 'connection.created' || device === undefined) return undefined
  // The management API tells the same time, so that both sources agree about a connection.
  if (!isTime(connectedAtMs)) return undefined
  return { type: 'opened', ...device, connection, atMs: connectedAtMs }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < 1e14
}
