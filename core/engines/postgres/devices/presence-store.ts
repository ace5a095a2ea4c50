// Who is online, in PostgreSQL.
import type {
  BikeModule,
  ConnectableDevice,
  DevicePresence,
  EndedCertificate,
  KnownDevice,
  OutOfService,
  PresenceStore,
} from '../../../devices/presence/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

const pageSize = 5_000

interface Row {
  deviceId: string
  bikeId: string
  online: boolean | null
  connection: string
  certificate: string | null
  connectedAt: Date
  disconnectedAt: Date | null
}

const columns = (sql: Sql) => sql`
  device_id as "deviceId", bike_id as "bikeId", online, connection, certificate, connected_at as "connectedAt",
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
    awaited: (requestedWithinMs) => awaitedDevices(sql, requestedWithinMs),
    online: () => onlineDevices(sql),
    async revoked(recentMs, limit) {
      const rows = await sql<ByCertificates[]>`
        select ${withCertificates(sql)} from devices left join device_presence using (device_id)
        where revoked_at is not null and (online or revoked_at > ${before(sql, recentMs)})
        order by coalesce(online, false) desc, revoked_at desc limit ${limit}`
      return rows.map(outOfService)
    },
    async suspended(recentMs, limit) {
      const rows = await sql<ByCertificates[]>`
        select ${withCertificates(sql)}
        from devices join module_suspensions using (bike_id) left join device_presence using (device_id)
        where revoked_at is null and suspended_until > now()
          and (online or suspended_at > ${before(sql, recentMs)})
        order by coalesce(online, false) desc, suspended_at desc limit ${limit}`
      return rows.map(outOfService)
    },
    ended: (of) => endedCertificates(sql, of),
  }
}

interface ByCertificates {
  deviceId: string
  certificates: string[]
}

/** The device and the numbers of all its certificates that tell theirs. */
const withCertificates = (sql: Sql) => sql`
  device_id as "deviceId", array(
    select serial_number from device_certificates
    where device_id = devices.device_id and issuer is not null) as certificates`

const outOfService = ({ deviceId, certificates }: ByCertificates): OutOfService => ({
  deviceId,
  certificates: [undefined, ...certificates],
})

const before = (sql: Sql, ms: number) => sql`now() - make_interval(secs => ${ms / 1_000})`

/** Of certificates that do not tell their number one in service keeps the others of its device: they are one to the broker. */
async function endedCertificates(
  sql: Sql,
  { recentMs, sinceMs, limit }: { recentMs: number; sinceMs: number; limit: number },
): Promise<EndedCertificate[]> {
  const rows = await sql<
    { deviceId: string; certificate: string | null; reason: EndedCertificate['reason'] }[]
  >`
    select device_id as "deviceId", given.certificate,
      case when bool_or(revoked) then 'certificate_revoked' else 'certificate_ended' end as reason
    from (
      select device_id, case when issuer is not null then serial_number end as certificate,
        revoked_at is not null as revoked, least(revoked_at, not_after) as ended_at
      from device_certificates as ended
      where (revoked_at is not null or not_after between ${before(sql, sinceMs)} and now())
        and (issuer is not null or revoked_at is not null or not exists (
          select from device_certificates as other
          where other.device_id = ended.device_id and other.issuer is null and other.not_after > now()))
    ) as given left join device_presence as known using (device_id)
    cross join lateral (
      select coalesce(known.online and known.certificate is not distinct from given.certificate, false) as is_online
    ) as presence
    where is_online or ended_at > ${before(sql, recentMs)}
    group by device_id, given.certificate
    order by bool_or(is_online) desc, max(ended_at) desc limit ${limit}`
  return rows.map(({ deviceId, certificate, reason }) => ({
    ...{ deviceId, certificates: [certificate ?? undefined], reason },
  }))
}

/** Of the devices' certificates in service, as the broker knows connections by them. */
export const certificatesInService = (sql: Sql) => sql`array(
  select case when issuer is not null then serial_number end from device_certificates as certificate
  where certificate.device_id = devices.device_id and certificate.revoked_at is null and not_after > now())`

interface ConnectableRow {
  deviceId: string
  certificates: (string | null)[]
}

export const connectable = ({ deviceId, certificates }: ConnectableRow): ConnectableDevice => ({
  deviceId,
  certificates: certificates.map((certificate) => certificate ?? undefined),
})

async function* awaitedDevices(sql: Sql, withinMs?: number): AsyncGenerator<readonly ConnectableDevice[]> {
  const since = withinMs === undefined ? sql`'-infinity'` : before(sql, withinMs)
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const page = await sql<ConnectableRow[]>`
      select device_id as "deviceId", ${certificatesInService(sql)} as certificates
      from devices left join device_presence using (device_id)
      where devices.bike_id in (
          select bike_id from commands where state = 'queued' and expires_at > now() and created_at > ${since})
        and revoked_at is null and online is not true and device_id > ${after}::uuid
      order by device_id limit ${pageSize}`
    yield page.map(connectable)
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.deviceId
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

function knownDevice(row: Row): KnownDevice {
  const { deviceId, bikeId, online, connection, certificate, connectedAt, disconnectedAt } = row
  if (online === null) return { deviceId, bikeId, presence: undefined }
  const connectedAtMs = connectedAt.getTime()
  const disconnectedAtMs = disconnectedAt?.getTime()
  return {
    deviceId,
    bikeId,
    presence: {
      ...{ deviceId, bikeId, online, connection, connectedAtMs, disconnectedAtMs },
      certificate: certificate ?? undefined,
    },
  }
}

async function save(tx: Transaction, presences: readonly DevicePresence[]): Promise<void> {
  if (presences.length === 0) return
  await tx`
    insert into device_presence (device_id, online, connection, certificate, connected_at, disconnected_at, changed_at)
    select device_id, online::boolean, connection, certificate, connected_at, disconnected_at, now()
    from unnest(
      ${presences.map(({ deviceId }) => deviceId)}::uuid[],
      ${presences.map(({ online }) => String(online))}::text[],
      ${presences.map(({ connection }) => connection)}::text[],
      ${presences.map(({ certificate }) => certificate ?? null)}::text[],
      ${presences.map(({ connectedAtMs }) => iso(connectedAtMs))}::timestamptz[],
      ${presences.map(({ disconnectedAtMs: ms }) => (ms === undefined ? null : iso(ms)))}::timestamptz[]
    ) as given (device_id, online, connection, certificate, connected_at, disconnected_at)
    on conflict (device_id) do update set online = excluded.online, connection = excluded.connection,
      certificate = excluded.certificate,
      connected_at = excluded.connected_at, disconnected_at = excluded.disconnected_at, changed_at = excluded.changed_at`
}

const iso = (ms: number) => new Date(ms).toISOString()

/** Of the bike's modules in service that were ever connected. */
export async function presencesOf(sql: Sql, bikeIds: readonly string[]): Promise<DevicePresence[]> {
  const rows = await sql<Row[]>`
    select ${columns(sql)} from device_presence join devices using (device_id)
    where bike_id = any(${[...bikeIds]}::uuid[]) and revoked_at is null`
  return rows.flatMap((row) => knownDevice(row).presence ?? [])
}

/** Whether a module of the bike is in service, connected or not. */
export async function hasModule(sql: Sql, bikeId: string): Promise<boolean> {
  const rows = await sql`
    select from devices where bike_id = ${bikeId}::uuid and revoked_at is null limit 1`
  return rows.length > 0
}

/** All modules of the bike; those in service first, then by enrolment. */
export async function modulesOf(sql: Sql, bikeId: string): Promise<BikeModule[]> {
  const rows = await sql<(Omit<BikeModule, 'revokedAtMs'> & { revokedAtMs: number | null })[]>`
    select device_id as "deviceId", epoch_ms(enrolled_at) as "enrolledAtMs", epoch_ms(samples_from) as "samplesFromMs",
      epoch_ms(revoked_at) as "revokedAtMs", verifies_commands as "verifiesCommands", coalesce(online, false) as online
    from devices left join device_presence using (device_id)
    where bike_id = ${bikeId}::uuid order by revoked_at is not null, enrolled_at, device_id`
  return rows.map(({ revokedAtMs, ...row }) => ({ ...row, revokedAtMs: revokedAtMs ?? undefined }))
}
