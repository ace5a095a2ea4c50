// Who is online, in PostgreSQL.
import type { DevicePresence, KnownDevice, PresenceStore } from '../../../devices/presence/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

const pageSize = 5_000

interface Row {
  deviceId: string
  bikeId: string
  online: boolean | null
  connection: string
  connectedAt: Date
  disconnectedAt: Date | null
}

const columns = (sql: Sql) => sql`
  device_id as "deviceId", bike_id as "bikeId", online, connection, connected_at as "connectedAt",
  disconnected_at as "disconnectedAt"`

export function createPresenceStore(sql: Sql): PresenceStore {
  return {
    async change({ deviceIds, connections }, plan) {
      if (deviceIds.length + connections.length === 0) return []
      return sql.begin(async (tx) => {
        // Every change of a device's presence locks its registration first, also when there is no presence yet, and reads
        // only then.
        const concerned = await tx<{ deviceId: string }[]>`
          select device_id as "deviceId" from devices
          where device_id = any(${[...deviceIds]}::uuid[]) or device_id in (
            select device_id from device_presence where online and connection = any(${[...connections]}::text[]))
          order by device_id for no key update`
        const rows = await tx<Row[]>`
          select ${columns(sql)} from devices left join device_presence using (device_id)
          where device_id = any(${concerned.map(({ deviceId }) => deviceId)}::uuid[])`
        const changed = plan(rows.map(knownDevice))
        await save(tx, changed)
        return [...changed]
      })
    },
    online: () => onlineDevices(sql),
    async revoked(recentMs, limit) {
      const rows = await sql<{ deviceId: string }[]>`
        select device_id as "deviceId" from devices left join device_presence using (device_id)
        where revoked_at is not null and (online or revoked_at > now() - make_interval(secs => ${recentMs / 1_000}))
        order by revoked_at desc limit ${limit}`
      return rows.map(({ deviceId }) => deviceId)
    },
  }
}

async function* onlineDevices(sql: Sql): AsyncGenerator<readonly DevicePresence[]> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const page = await sql<Row[]>`
      select ${columns(sql)} from device_presence join devices using (device_id)
      where online and device_id > ${after}::uuid order by device_id limit ${pageSize}`
    yield page.flatMap((row) => knownDevice(row).presence ?? [])
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.deviceId
  }
}

function knownDevice({
  deviceId,
  bikeId,
  online,
  connection,
  connectedAt,
  disconnectedAt,
}: Row): KnownDevice {
  if (online === null) return { deviceId, bikeId, presence: undefined }
  const connectedAtMs = connectedAt.getTime()
  const disconnectedAtMs = disconnectedAt?.getTime()
  return {
    deviceId,
    bikeId,
    presence: { deviceId, bikeId, online, connection, connectedAtMs, disconnectedAtMs },
  }
}

async function save(tx: Transaction, presences: readonly DevicePresence[]): Promise<void> {
  if (presences.length === 0) return
  await tx`
    insert into device_presence (device_id, online, connection, connected_at, disconnected_at, changed_at)
    select device_id, online::boolean, connection, connected_at, disconnected_at, now()
    from unnest(
      ${presences.map(({ deviceId }) => deviceId)}::uuid[],
      ${presences.map(({ online }) => String(online))}::text[],
      ${presences.map(({ connection }) => connection)}::text[],
      ${presences.map(({ connectedAtMs }) => iso(connectedAtMs))}::timestamptz[],
      ${presences.map(({ disconnectedAtMs: ms }) => (ms === undefined ? null : iso(ms)))}::timestamptz[]
    ) as given (device_id, online, connection, connected_at, disconnected_at)
    on conflict (device_id) do update set online = excluded.online, connection = excluded.connection,
      connected_at = excluded.connected_at, disconnected_at = excluded.disconnected_at, changed_at = excluded.changed_at`
}

const iso = (ms: number) => new Date(ms).toISOString()

/** Of the bike's modules in service that were ever connected. */
export async function presencesOf(sql: Sql, bikeId: string): Promise<DevicePresence[]> {
  const rows = await sql<Row[]>`
    select ${columns(sql)} from device_presence join devices using (device_id)
    where bike_id = ${bikeId}::uuid and revoked_at is null`
  return rows.flatMap((row) => knownDevice(row).presence ?? [])
}

/** Whether a module of the bike is in service, connected or not. */
export async function hasModule(sql: Sql, bikeId: string): Promise<boolean> {
  const rows = await sql`
    select from devices where bike_id = ${bikeId}::uuid and revoked_at is null limit 1`
  return rows.length > 0
}
