// Researchers, their keys and sessions in PostgreSQL.
import type {
  AccessStore,
  InvitedResearcher,
  KnownKey,
  NewSession,
  OwnKey,
  OwnSession,
  PolledDevice,
  Researcher,
} from '../../../research/access/port.ts'
import type { Fragment, Sql, Transaction } from '../client/connect.ts'

/** Challenges that are not answered, and notebooks that wait: a flood of them takes no more room. */
const mostOpen = 10_000

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const later = (sql: Sql | Transaction, ms: number) =>
  sql`clock_timestamp() + ${ms} * interval '1 millisecond'`

/** The researcher of a session that holds at `now`; undefined where there is none. */
export async function researcherOfSession(
  sql: Sql,
  tokenSha256: string,
  now: Date,
): Promise<{ readonly researcherId: string; readonly sessionId: string } | undefined> {
  const [row] = await sql<{ researcherId: string; sessionId: string }[]>`
    select keys.researcher_id as "researcherId", session_id as "sessionId"
    from researcher_sessions as sessions
    join researcher_keys as keys using (key_id) join researchers using (researcher_id)
    where token_sha256 = ${bytes(tokenSha256)} and ends_at > ${now} and ended_at is null
      and keys.revoked_at is null and researchers.revoked_at is null`
  return row
}

export function createAccessStore(sql: Sql): AccessStore {
  return {
    invite: (asked, invitation) =>
      sql.begin(async (tx) => {
        const { sha256, invitedBy, validMs } = invitation
        const [researcher] =
          'name' in asked
            ? await tx<Researcher[]>`
                insert into researchers (name, invited_by) values (${asked.name}, ${invitedBy}) returning ${named(tx)}`
            : await tx<Researcher[]>`
                select ${named(tx)} from researchers
                where researcher_id = ${asked.researcherId} and revoked_at is null for update`
        if (researcher === undefined) return undefined
        await tx`
          insert into researcher_invitations (sha256, researcher_id, invited_by, valid_until)
          values (${bytes(sha256)}, ${researcher.researcherId}, ${invitedBy}, ${later(tx, validMs)})`
        return researcher
      }),
    researchers: (limit) => researchers(sql, limit),
    async revokeResearcher(researcherId, by) {
      const revoked = await sql`
        update researchers set revoked_at = clock_timestamp(), revoked_by = ${by}
        where researcher_id = ${researcherId} and revoked_at is null`
      return revoked.count > 0
    },
    async revokeKey(keyId, { author, of }) {
      const revoked = await sql`
        update researcher_keys set revoked_at = clock_timestamp(), revoked_by = ${author}
        where key_id = ${keyId} and revoked_at is null
          ${of === undefined ? sql`` : sql`and researcher_id = ${of}`}`
      return revoked.count > 0
    },

    async invited(sha256) {
      const [row] = await sql<(Researcher & { credentialIds: string[] })[]>`
        select ${named(sql)}, array(
          select credential_id from researcher_keys as keys
          where keys.researcher_id = researchers.researcher_id and keys.revoked_at is null) as "credentialIds"
        from researcher_invitations join researchers using (researcher_id) where ${isOpenInvitation(sql, sha256)}`
      return row
    },
    addChallenge: ({ challenge, purpose, about }, validMs) =>
      sql.begin(async (tx) => {
        await tx`delete from researcher_challenges where valid_until < clock_timestamp()`
        const added = await tx`
          insert into researcher_challenges (challenge, purpose, about, valid_until)
          select ${challenge}::text, ${purpose}::text, ${about === undefined ? null : bytes(about)}::bytea, ${later(tx, validMs)}
          where (select count(*) from researcher_challenges) < ${mostOpen}`
        return added.count > 0
      }),
    async takeChallenge(challenge, purpose) {
      const [row] = await sql<{ about: string | null }[]>`
        delete from researcher_challenges
        where challenge = ${challenge} and purpose = ${purpose} and valid_until > clock_timestamp()
        returning encode(about, 'hex') as about`
      return row && { about: row.about ?? undefined }
    },
    register: (invitationSha256, key) =>
      sql.begin(async (tx) => {
        const [researcher] = await tx<Researcher[]>`
          select ${named(tx)} from researcher_invitations join researchers using (researcher_id)
          where ${isOpenInvitation(tx, invitationSha256)} for update`
        if (researcher === undefined) return { refused: 'invitation_refused' } as const
        const { credentialId, publicKey, counter, aaguid, model } = key
        const added = await tx`
          insert into researcher_keys (credential_id, researcher_id, public_key, counter, aaguid, model)
          values (${credentialId}, ${researcher.researcherId}, ${Buffer.from(publicKey)}, ${counter}, ${aaguid}, ${model})
          on conflict do nothing`
        if (added.count === 0) return { refused: 'key_known' } as const
        await tx`
          update researcher_invitations set used_at = clock_timestamp() where sha256 = ${bytes(invitationSha256)}`
        return researcher
      }),
    async keyOf(credentialId) {
      const [row] = await sql<(Omit<KnownKey, 'publicKey'> & { publicKey: Buffer })[]>`
        select credential_id as "credentialId", public_key as "publicKey", counter::float8 as counter,
          researcher_id as "researcherId"
        from researcher_keys as keys join researchers using (researcher_id)
        where credential_id = ${credentialId} and keys.revoked_at is null and researchers.revoked_at is null`
      return row && { ...row, publicKey: Uint8Array.from(row.publicKey) }
    },
    signIn: ({ credentialId, counter }, begin) =>
      sql.begin(async (tx) => {
        const [key] = await tx<(Researcher & { keyId: string })[]>`
          update researcher_keys as keys set counter = ${counter}, used_at = clock_timestamp() from researchers
          where credential_id = ${credentialId} and keys.revoked_at is null
            and researchers.researcher_id = keys.researcher_id and researchers.revoked_at is null
            and (counter < ${counter}::bigint or counter = 0 and ${counter}::bigint = 0)
          returning ${named(tx)}, key_id as "keyId"`
        if (key === undefined) return { refused: 'counter_back' } as const
        const { keyId, ...researcher } = key
        if ('kind' in begin) await addSession(tx, keyId, begin)
        else {
          const approved = await tx`
            update researcher_devices set approved_by = ${keyId}
            where device_sha256 = ${bytes(begin.deviceSha256)} and ${isWaiting(tx)}`
          if (approved.count === 0) return { refused: 'device_refused' } as const
        }
        return researcher
      }),

    addDevice: ({ deviceSha256, userCodeSha256, clientId }, { validMs, intervalS }) =>
      sql.begin(async (tx) => {
        // A notebook that comes too late is told so for an hour.
        await tx`delete from researcher_devices where valid_until < clock_timestamp() - interval '1 hour'`
        const added = await tx`
          insert into researcher_devices (device_sha256, user_code_sha256, client_id, valid_until, interval_s)
          select ${bytes(deviceSha256)}::bytea, ${bytes(userCodeSha256)}::bytea, ${clientId}::text, ${later(tx, validMs)}, ${intervalS}::integer
          where (select count(*) from researcher_devices) < ${mostOpen}`
        return added.count > 0
      }),
    async deviceByUserCode(userCodeSha256) {
      const [row] = await sql<{ deviceSha256: string; clientId: string; askedAtMs: number }[]>`
        select encode(device_sha256, 'hex') as "deviceSha256", client_id as "clientId",
          epoch_ms(asked_at) as "askedAtMs"
        from researcher_devices where user_code_sha256 = ${bytes(userCodeSha256)} and ${isWaiting(sql)}`
      return row
    },
    poll: (deviceSha256, session, answer) =>
      sql.begin(async (tx) => {
        const [row] = await tx<
          (Omit<PolledDevice, 'polledAtMs'> & { polledAtMs: number | null; keyId: string })[]
        >`
          select epoch_ms(clock_timestamp()) as "atMs", epoch_ms(valid_until) as "validUntilMs",
            epoch_ms(polled_at) as "polledAtMs", interval_s as "intervalS", approved_by as "keyId",
            approved_by is not null as "isApproved", used_at is not null as "isUsed"
          from researcher_devices where device_sha256 = ${bytes(deviceSha256)} for update`
        if (row === undefined) return undefined
        const { keyId, ...device } = row
        const { error, intervalS } = answer({ ...device, polledAtMs: device.polledAtMs ?? undefined })
        await tx`
          update researcher_devices set polled_at = clock_timestamp(), interval_s = ${intervalS},
            used_at = ${error === undefined ? tx`clock_timestamp()` : tx`used_at`}
          where device_sha256 = ${bytes(deviceSha256)}`
        if (error === undefined) await addSession(tx, keyId, session)
        return { error }
      }),

    ownAccess: (tokenSha256) => ownAccess(sql, tokenSha256),
    async endSession(researcherId, sessionId) {
      const ended = await sql`
        update researcher_sessions set ended_at = clock_timestamp() from researcher_keys as keys
        where session_id = ${sessionId} and ended_at is null
          and keys.key_id = researcher_sessions.key_id and keys.researcher_id = ${researcherId}`
      return ended.count > 0
    },
  }
}

const named = (sql: Sql | Transaction) => sql`researchers.researcher_id as "researcherId", researchers.name`

const isOpenInvitation = (sql: Sql | Transaction, sha256: string): Fragment => sql`
  sha256 = ${bytes(sha256)} and used_at is null and valid_until > clock_timestamp() and researchers.revoked_at is null`

const isWaiting = (sql: Sql | Transaction): Fragment =>
  sql`(approved_by is null and valid_until > clock_timestamp())`

async function addSession(tx: Transaction, keyId: string, { tokenSha256, kind, lastsMs }: NewSession) {
  await tx`delete from researcher_sessions where ends_at < now() - interval '90 days'`
  await tx`
    insert into researcher_sessions (token_sha256, key_id, kind, began_at, ends_at)
    values (${bytes(tokenSha256)}, ${keyId}, ${kind}, now(), now() + ${lastsMs} * interval '1 millisecond')`
}

interface KeyRow extends Omit<OwnKey, 'usedAtMs' | 'revokedAtMs'> {
  readonly researcherId: string
  readonly usedAtMs: number | null
  readonly revokedAtMs: number | null
}

const mostKeys = 100

async function keysOf(sql: Sql, researcherIds: readonly string[]): Promise<Map<string, OwnKey[]>> {
  const rows = await sql<KeyRow[]>`
    select researcher_id as "researcherId", key_id as "keyId", model, epoch_ms(registered_at) as "registeredAtMs",
      epoch_ms(used_at) as "usedAtMs", epoch_ms(revoked_at) as "revokedAtMs"
    from researcher_keys where researcher_id = any(${[...researcherIds]}::uuid[])
    order by registered_at desc, key_id limit ${mostKeys * researcherIds.length}`
  const keys = rows.map(({ usedAtMs, revokedAtMs, ...row }) => ({
    ...row,
    usedAtMs: usedAtMs ?? undefined,
    revokedAtMs: revokedAtMs ?? undefined,
  }))
  const byResearcher = Map.groupBy(keys, ({ researcherId }) => researcherId)
  return new Map(
    [...byResearcher].map(([researcherId, own]) => [
      researcherId,
      own.map(({ researcherId: _, ...key }) => key),
    ]),
  )
}

async function researchers(sql: Sql, limit: number): Promise<readonly InvitedResearcher[]> {
  const rows = await sql<(Researcher & { invitedBy: string; revokedAtMs: number | null })[]>`
    select ${named(sql)}, invited_by as "invitedBy", epoch_ms(revoked_at) as "revokedAtMs"
    from researchers order by invited_at desc, researcher_id limit ${limit}`
  const keys = await keysOf(
    sql,
    rows.map(({ researcherId }) => researcherId),
  )
  return rows.map((row) => ({
    ...row,
    revokedAtMs: row.revokedAtMs ?? undefined,
    keys: keys.get(row.researcherId) ?? [],
  }))
}

async function ownAccess(sql: Sql, tokenSha256: string) {
  const session = await researcherOfSession(sql, tokenSha256, new Date())
  if (session === undefined) return undefined
  const { researcherId } = session
  const [researcher] = await sql<Researcher[]>`
    select ${named(sql)} from researchers where researcher_id = ${researcherId}`
  if (researcher === undefined) return undefined
  const keys = await keysOf(sql, [researcherId])
  const sessions = await sql<OwnSession[]>`
    select session_id as "sessionId", kind, epoch_ms(began_at) as "beganAtMs", epoch_ms(ends_at) as "endsAtMs",
      session_id = ${session.sessionId} as "isThisOne"
    from researcher_sessions as sessions join researcher_keys as keys using (key_id)
    where researcher_id = ${researcherId} and keys.revoked_at is null and ended_at is null
      and ends_at > clock_timestamp()
    order by began_at desc, session_id limit 100`
  return { ...researcher, keys: keys.get(researcherId) ?? [], sessions }
}
