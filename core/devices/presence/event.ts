// Reads the broker's connection events: everything is in the headers of the message.
import { readDeviceUser } from '../../engines/rabbitmq/device-user.ts'
import type { QueueMessage } from '../../engines/rabbitmq/port.ts'
import type { ConnectionEvent } from './port.ts'

/**
 * Undefined for connections of the platform itself, and for events of no form that we know.
 *
 * `connection.created` of user `SERIALNUMBER=5d54…,CN=6f1c…` →
 * `{ type: 'opened', deviceId: '6f1c…', certificate: '5d54…', connection, atMs }`.
 */
export function readConnectionEvent({
  routingKey,
  headers,
}: Pick<QueueMessage, 'routingKey' | 'headers'>): ConnectionEvent | undefined {
  const { name: connection, user, connected_at: connectedAtMs, timestamp_in_ms: atMs } = headers
  if (typeof connection !== 'string' || connection === '') return undefined
  if (routingKey === 'connection.closed') {
    return isTime(atMs) ? { type: 'closed', connection, atMs } : undefined
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
