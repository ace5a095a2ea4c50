// The modules of bikes and their certificates.
import postgres from 'postgres'
import type {
  Act,
  CertificateRecord,
  DeviceStore,
  ExpiringDevice,
  KnownDevice,
  ShownDevice,
} from '../../../devices/authority/port.ts'
import type { Sql } from '../client/connect.ts'

const pageSize = 1_000

export function createDeviceStore(sql: Sql): DeviceStore {
  return {
    find: (deviceId) => findDevice(sql, deviceId),
    findShown: (deviceId, serialNumber) => findShown(sql, deviceId, serialNumber),
    add: (device) => unlessKeyIsKnown(sql.begin((tx) => addDevice(tx, device))),
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
    async revoke(deviceId, reason, by = 'platform') {
      const revoked = await sql.begin((tx) => revokeDevice(tx, deviceId, { by, reason }))
      if (revoked) return 'revoked'
      return (await findDevice(sql, deviceId)) === undefined ? 'device_unknown' : 'revoked_before'
    },
    revokeCertificate: (serialNumber, act) =>
      sql.begin(async (tx) => {
        const [known] = await tx<{ deviceId: string; revoked: boolean }[]>`
          select device_id as "deviceId", revoked_at is not null as revoked from device_certificates
          where serial_number = ${serialNumber} for update`
        if (known === undefined) return 'certificate_unknown'
        if (known.revoked) return 'revoked_before'
        await tx`
          update device_certificates set revoked_at = now(), revoked_reason = ${act.reason}
          where serial_number = ${serialNumber}`
        await noteChange(tx, {
          ...act,
          deviceId: known.deviceId,
          kind: 'certificate_revoked',
          detail: { serialNumber },
        })
        return 'revoked'
      }),
    backdate: (deviceId, to, act) =>
      sql.begin(async (tx) => {
        const [known] = await tx<{ samplesFrom: Date }[]>`
          select samples_from as "samplesFrom" from devices where device_id = ${deviceId}::uuid for update`
        if (known === undefined) return 'device_unknown'
        if (to >= known.samplesFrom) return 'not_earlier'
        await tx`update devices set samples_from = ${to} where device_id = ${deviceId}::uuid`
        const detail = { from: known.samplesFrom.toISOString(), to: to.toISOString() }
        await noteChange(tx, { ...act, deviceId, kind: 'backdated', detail })
        return 'backdated'
      }),
    expiringBefore: (time) => expiringBefore(sql, time),
  }
}

async function addDevice(
  tx: postgres.TransactionSql,
  { deviceId, bikeId, certificate, further, verifiesCommands = false }: Parameters<DeviceStore['add']>[0],
): ReturnType<DeviceStore['add']> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`modules/${bikeId}`}, 0))`
  const inService = await tx<{ deviceId: string }[]>`
    select device_id as "deviceId" from devices where bike_id = ${bikeId}::uuid and revoked_at is null`
  const isReplaced = (id: string) => further?.kind === 'replacement' && further.replaces === id
  if (further?.kind === 'replacement' && !inService.some((each) => isReplaced(each.deviceId))) {
    return 'replaced_unknown'
  }
  const others = inService.filter((each) => !isReplaced(each.deviceId))
  if (others.some((each) => each.deviceId === deviceId)) return 'device_known'
  const sameKey = await tx`
    select from device_certificates where key_sha256 = ${Buffer.from(certificate.keySha256)}`
  if (sameKey.length > 0) return 'key_known'
  if (others.length > 0 && further?.kind !== 'second') return 'second_module'
  const { count } = await tx`
    insert into devices (device_id, bike_id, verifies_commands)
    values (${deviceId}::uuid, ${bikeId}::uuid, ${verifiesCommands})
    on conflict (device_id) do nothing`
  if (count === 0) return 'device_known'
  await keepCertificate(tx, deviceId, certificate)
  if (further === undefined) return 'added'
  if (further.kind === 'replacement') await revokeDevice(tx, further.replaces, further)
  const detail = further.kind === 'second' ? { proposal: further.proposalId } : { replaces: further.replaces }
  await noteChange(tx, { ...further, deviceId, kind: 'enrolled', detail })
  return 'added'
}

async function findDevice(sql: Sql, deviceId: string): Promise<KnownDevice | undefined> {
  const [device] = await sql<KnownDevice[]>`
    select bike_id as "bikeId", revoked_at is not null as revoked from devices where device_id = ${deviceId}::uuid`
  return device && { ...device }
}

/** Of certificates that do not tell their number, the device's are one. */
async function findShown(
  sql: Sql,
  deviceId: string,
  serialNumber: string | undefined,
): Promise<ShownDevice | undefined> {
  const isShown = serialNumber === undefined ? sql`issuer is null` : sql`serial_number = ${serialNumber}`
  const [device] = await sql<ShownDevice[]>`
    select bike_id as "bikeId", revoked_at is not null as revoked, (
      select case
        when count(*) = 0 then 'unknown'
        when max(not_after) <= now() then 'ended'
        when bool_or(revoked_at is not null and not_after > now()) then 'revoked'
        else 'in_service' end
      from device_certificates where device_id = devices.device_id and ${isShown}) as certificate, exists (
      select from module_suspensions as suspension
      where suspension.bike_id = devices.bike_id and suspended_until > now()) as suspended
    from devices where device_id = ${deviceId}::uuid`
  return device && { ...device }
}

/** False when it is unknown, or was revoked before. */
async function revokeDevice(tx: postgres.TransactionSql, deviceId: string, act: Act): Promise<boolean> {
  const { count } = await tx`
    update devices set revoked_at = now(), revoked_reason = ${act.reason}
    where device_id = ${deviceId}::uuid and revoked_at is null`
  if (count === 1) await noteChange(tx, { ...act, deviceId, kind: 'revoked' })
  return count === 1
}

type Change = Act & {
  readonly deviceId: string
  readonly kind: 'enrolled' | 'revoked' | 'certificate_revoked' | 'backdated'
  readonly detail?: Readonly<Record<string, string>>
}

async function noteChange(tx: postgres.TransactionSql, change: Change): Promise<void> {
  const { deviceId, kind, by, reason, detail = {} } = change
  await tx`
    insert into device_changes (device_id, kind, by, reason, detail)
    values (${deviceId}::uuid, ${kind}, ${by}, ${reason}, ${tx.json(detail)})`
}

async function keepCertificate(sql: postgres.TransactionSql, deviceId: string, of: CertificateRecord) {
  await sql`
    insert into device_certificates (serial_number, device_id, key_sha256, not_before, not_after, issuer)
    values (${of.serialNumber}, ${deviceId}::uuid, ${Buffer.from(of.keySha256)}, ${of.notBefore}, ${of.notAfter},
      ${of.issuer})`
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
  // A module whose certificates are all revoked is silent since then.
  const pages = sql<ExpiringDevice[]>`
    select device_id as "deviceId", bike_id as "bikeId", coalesce(
      max(not_after) filter (where certificates.revoked_at is null), max(certificates.revoked_at)) as "notAfter"
    from devices join device_certificates as certificates using (device_id)
    where devices.revoked_at is null
    group by device_id
    having coalesce(
      max(not_after) filter (where certificates.revoked_at is null), max(certificates.revoked_at)) < ${time}
    order by "notAfter", device_id`.cursor(pageSize)
  for await (const page of pages) yield* page
}
