// Decides who is online by the broker's connection events, which come late, repeated and from several nodes. Pure.
import type { BikePresence, ConcernedDevices, ConnectionEvent, DevicePresence, KnownDevice } from './port.ts'

/** Whom the events may change: `d1` connects, `c7` ends → `{ deviceIds: [d1], connections: [c7] }`. */
export function concernedBy(events: readonly ConnectionEvent[]): ConcernedDevices {
  return {
    deviceIds: events.flatMap((event) => (event.type === 'opened' ? [event.deviceId] : [])),
    connections: events.flatMap((event) => (event.type === 'closed' ? event.connections : [])),
  }
}

/**
 * The presences that change, from events in their order. A device that is not registered has none.
 *
 * `d1` connects as c1 at 10, c1 ends at 20 → d1 is offline since 20.
 */
export function planPresence(
  known: readonly KnownDevice[],
  events: readonly ConnectionEvent[],
): readonly DevicePresence[] {
  const devices = new Map(known.map((device) => [device.deviceId, device]))
  const presences = new Map(
    known.flatMap(({ deviceId, presence }) => (presence ? [[deviceId, presence]] : [])),
  )
  const changed = new Set<string>()
  const set = (presence: DevicePresence) => {
    presences.set(presence.deviceId, presence)
    changed.add(presence.deviceId)
  }
  for (const event of events) {
    if (event.type === 'opened') {
      const device = devices.get(event.deviceId)
      const next = device && afterOpening(device, presences.get(event.deviceId), event)
      if (next) set(next)
    } else {
      for (const presence of presences.values()) {
        if (ends(presence, event)) set({ ...presence, online: false, disconnectedAtMs: event.atMs })
      }
    }
  }
  return [...changed].map((deviceId) => presences.get(deviceId) as DevicePresence)
}

/** Of two connections of a device the later one counts, whichever event arrives first; a repetition changes nothing. */
function afterOpening(
  { deviceId, bikeId }: KnownDevice,
  former: DevicePresence | undefined,
  { connection, certificate, atMs }: Extract<ConnectionEvent, { type: 'opened' }>,
): DevicePresence | undefined {
  if (former !== undefined && atMs <= former.connectedAtMs) return undefined
  return {
    ...{ deviceId, bikeId, online: true, connection, certificate, connectedAtMs: atMs },
    disconnectedAtMs: former?.disconnectedAtMs,
  }
}

/** Bikes with a module among those that is online, once each. */
export function bikesOnline(presences: readonly DevicePresence[]): string[] {
  return [...new Set(presences.filter(({ online }) => online).map(({ bikeId }) => bikeId))]
}

/**
 * A bike is online while one of its modules is, since the first of those connected; otherwise it is offline since the last
 * one left. Undefined when none was ever connected.
 */
export function presenceOfBike(modules: readonly DevicePresence[]): BikePresence | undefined {
  const connected = modules.filter(({ online }) => online).map(({ connectedAtMs }) => connectedAtMs)
  if (connected.length > 0) return { online: true, sinceMs: Math.min(...connected) }
  const left = modules.flatMap(({ disconnectedAtMs }) => disconnectedAtMs ?? [])
  return left.length > 0 ? { online: false, sinceMs: Math.max(...left) } : undefined
}

/** The end of an earlier connection does not take a later one offline. */
function ends(
  presence: DevicePresence,
  { connections, atMs }: Extract<ConnectionEvent, { type: 'closed' }>,
): boolean {
  return presence.online && connections.includes(presence.connection) && atMs >= presence.connectedAtMs
}
