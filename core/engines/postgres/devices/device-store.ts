// The modules of bikes and their certificates.
import postgres from 'postgres'
import type {
  CertificateRecord,
  DeviceStore,
  ExpiringDevice,
  KnownDevice,
} from '../../../devices/authority/port.ts'
import type { Sql } from '../client/connect.ts'

const pageSize = 1_000

export function createDeviceStore(sql: Sql): DeviceStore {
  return {
    find: (deviceId) => findDevice(sql, deviceId),
    add: ({ deviceId, bikeId, certificate }) =>
      unlessKeyIsKnown(
        sql.begin(async (tx) => {
          const { count } = await tx`
            insert into devices (device_id, bike_id) values (${deviceId}::uuid, ${bikeId}::uuid)
            on conflict (device_id) do nothing`
          if (count === 0) return 'device_known'
          await keepCertificate(tx, deviceId, certificate)
          return 'added'
        }),
      ),
    addCertificate: (deviceId, certificate) =>
      unlessKeyIsKnown(
        sql.begin(async (tx) => {
          // Locked, so that nothing is issued to a device that is being revoked.
          const [device] = await tx<{ revoked: boolean }[]>`
            select revoked_at is not null as revoked from devices where device_id = ${deviceId}::uuid for share`
          if (device === undefined) return 'device_unknown'
          if (device.revoked) return 'device_revoked'
          await keepCertificate(tx, deviceId, certificate)
          return 'added'
        }),
      ),
    async revoke(deviceId, reason) {
      const { count } = await sql`
        update devices set revoked_at = now(), revoked_reason = ${reason}
        where device_id = ${deviceId}::uuid and revoked_at is null`
      if (count === 1) return 'revoked'
      return (await findDevice(sql, deviceId)) === undefined ? 'device_unknown' : 'revoked_before'
    },
    expiringBefore: (time) => expiringBefore(sql, time),
  }
}

async function findDevice(sql: Sql, deviceId: string): Promise<KnownDevice | undefined> {
  const [device] = await sql<KnownDevice[]>`
    select bike_id as "bikeId", revoked_at is not null as revoked from devices where device_id = ${deviceId}::uuid`
  return device && { ...device }
}

async function keepCertificate(sql: postgres.TransactionSql, deviceId: string, of: CertificateRecord) {
  await sql`
    insert into device_certificates (serial_number, device_id, key_sha256, not_before, not_after)
    values (${of.serialNumber}, ${deviceId}::uuid, ${Buffer.from(of.keySha256)}, ${of.notBefore}, ${of.notAfter})`
}

async function unlessKeyIsKnown<T>(work: Promise<T>): Promise<T | 'key_known'> {
  try {
    return await work
  } catch (error) {
    const taken = error instanceof postgres.PostgresError && error.code === '23505'
    if (taken && error.constraint_name === 'device_certificates_key_sha256_key') return 'key_known'
    throw error
  }
}

async function* expiringBefore(sql: Sql, time: Date): AsyncGenerator<ExpiringDevice> {
  const pages = sql<ExpiringDevice[]>`
    select device_id as "deviceId", bike_id as "bikeId", max(not_after) as "notAfter"
    from devices join device_certificates using (device_id)
    where revoked_at is null
    group by device_id having max(not_after) < ${time}
    order by max(not_after), device_id`.cursor(pageSize)
  for await (const page of pages) yield* page
}
