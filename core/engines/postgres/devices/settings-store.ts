// Settings of bikes in PostgreSQL: what is wished and reported, and the outbox of those that are to be handed over.
import type { SettingsOutbox } from '../../../devices/commands/port.ts'
import type { BikeSettings, KnownSettings, SettingsStore } from '../../../devices/settings/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { addPlanned, commandsOf, endUnfinished, lockCommandsOf, queuedChannel } from './command-store.ts'

interface Row {
  version: number
  sinceVersion: number
  desired: BikeSettings['desired'] | null
  reported: BikeSettings['reported'] | null
  agreedAt: Date | null
}

const columns = (sql: Sql | Transaction) => sql`
  version, since_version as "sinceVersion", desired, reported, agreed_at as "agreedAt"`

function settingsOf(row: Row | undefined): BikeSettings {
  return {
    version: row?.version ?? 0,
    sinceVersion: row?.sinceVersion ?? 0,
    desired: row?.desired ?? undefined,
    reported: row?.reported ?? undefined,
    agreedAtMs: row?.agreedAt?.getTime(),
  }
}

/** Whoever changes settings of a bike waits for others who do, and for a change of its owner. */
async function lockSettings(tx: Transaction, bikeId: string): Promise<BikeSettings> {
  await lockCommandsOf(tx, bikeId)
  const [row] = await tx<Row[]>`select ${columns(tx)} from bike_settings where bike_id = ${bikeId}::uuid`
  return settingsOf(row)
}

export function createSettingsStore(sql: Sql): SettingsStore {
  return {
    async of(bikeId) {
      const [row] = await sql<Row[]>`
        select ${columns(sql)} from bike_settings where bike_id = ${bikeId}::uuid`
      return settingsOf(row)
    },
    async change(bikeId, plan) {
      const { planned } = await sql.begin(async (tx) => {
        const settings = await lockSettings(tx, bikeId)
        const { ownerId, isContested, nowMs } = await commandsOf(tx, bikeId)
        const known: KnownSettings = { ...settings, bikeId, ownerId, isContested, nowMs }
        const planned = plan(known)
        if (planned.settings !== undefined) await write(tx, bikeId, planned.settings)
        if (planned.isDue) await makeDue(tx, bikeId)
        return { planned }
      })
      return planned
    },
  }
}

async function write(tx: Transaction, bikeId: string, settings: BikeSettings): Promise<void> {
  const { version, sinceVersion, desired, reported, agreedAtMs } = settings
  const [wished, said] = [desired, reported].map((each) =>
    each === undefined ? null : tx.json(each as never),
  )
  const agreedAt = agreedAtMs === undefined ? null : new Date(agreedAtMs)
  await tx`
    insert into bike_settings (bike_id, version, since_version, desired, reported, agreed_at)
    values (${bikeId}, ${version}, ${sinceVersion}, ${wished ?? null}, ${said ?? null}, ${agreedAt})
    on conflict (bike_id) do update set version = excluded.version, since_version = excluded.since_version,
      desired = excluded.desired, reported = excluded.reported, agreed_at = excluded.agreed_at`
  const older = tx`
    bike_id = ${bikeId}::uuid and action ->> 'kind' = 'settings' and (action ->> 'version')::integer < ${version}`
  await endUnfinished(tx, older, 'a newer version took its place')
}

async function makeDue(tx: Transaction, bikeId: string): Promise<void> {
  await tx`update bike_settings set due = true where bike_id = ${bikeId}::uuid`
  await tx`select pg_notify(${queuedChannel}, ${bikeId})`
}

export function createSettingsOutbox(sql: Sql): SettingsOutbox {
  return {
    async due(limit) {
      const rows = await sql<{ bikeId: string }[]>`
        select bike_id as "bikeId" from bike_settings where due limit ${limit}`
      return rows.map(({ bikeId }) => bikeId)
    },
    async handOver(bikeId, plan) {
      await sql.begin(async (tx) => {
        const settings = await lockSettings(tx, bikeId)
        const [way] = await tx<{ isConnected: boolean; isUnderWay: boolean }[]>`
          select exists (select from devices join device_presence using (device_id)
              where devices.bike_id = ${bikeId}::uuid and revoked_at is null and online) as "isConnected",
            exists (select from commands
              where bike_id = ${bikeId}::uuid and state in ('queued', 'sent', 'acknowledged')
                and action ->> 'kind' = 'settings' and (action ->> 'version')::integer = ${settings.version}
            ) as "isUnderWay"`
        const { isConnected = false, isUnderWay = false } = way ?? {}
        const commands = { ...(await commandsOf(tx, bikeId)), former: undefined }
        const planned = plan({ settings, isConnected, isUnderWay, commands })
        if (planned !== undefined) await addPlanned(tx, planned.command, planned.plan)
        await tx`update bike_settings set due = false where bike_id = ${bikeId}::uuid`
      })
    },
  }
}

/** What these bikes' owners wished and saw ends with their ownership; whoever calls it has locked the bikes' commands. */
export async function forgetSettings(tx: Transaction, bikeIds: readonly string[]): Promise<void> {
  await tx`
    update bike_settings set version = version + 1, since_version = version + 1, desired = null, reported = null,
      agreed_at = null, due = false
    where bike_id = any(${[...bikeIds]}::uuid[])`
}
