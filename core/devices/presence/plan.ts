// Decides who is online by the broker's connection events, which come late, repeated and from several nodes.

export type ConnectionEvent =
  | {
      readonly type: 'opened'
      readonly deviceId: string
      /** The broker's name of the connection. */
      readonly connection: string
      readonly atMs: number
    }
  | { readonly type: 'closed'; readonly connection: string; readonly atMs: number }

export interface DevicePresence {
  readonly deviceId: string
  readonly bikeId: string
  readonly online: boolean
  readonly connection: string
  readonly connectedAtMs: number
  readonly disconnectedAtMs: number | undefined
}

/** A registered device, with its presence where it was ever connected. */
export interface KnownDevice {
  readonly deviceId: string
  readonly bikeId: string
  readonly presence: DevicePresence | undefined
}

/** The presences that change. A device that is not registered has none. */
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
  { connection, atMs }: Extract<ConnectionEvent, { type: 'opened' }>,
): DevicePresence | undefined {
  if (former !== undefined && atMs <= former.connectedAtMs) return undefined
  return {
    ...{ deviceId, bikeId, online: true, connection, connectedAtMs: atMs },
    disconnectedAtMs: former?.disconnectedAtMs,
  }
}

/** The end of an earlier connection does not take a later one offline. */
function ends(presence: DevicePresence, { connection, atMs }: { connection: string; atMs: number }): boolean {
  return presence.online && presence.connection === connection && atMs >= presence.connectedAtMs
}
