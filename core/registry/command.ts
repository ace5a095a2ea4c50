// The registry by hand: `npm run registry -- add … | import [FILE] | list`.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { connectPostgres, type Sql } from '../postgres/connect.ts'
import { listBikes, registerBikes } from '../postgres/registry-store.ts'
import type { BikeRegistration } from './port.ts'
import { parseRegistration, parseRegistrationLine } from './registration.ts'

const usage = `Usage:
  npm run registry -- add --bike UUID --rider ID [--produced DATE] [--from DATE]
      registers a bike and its owner; owned since --from, else since production; produced at --from, else today
  npm run registry -- import [FILE]
      registers many, a line each: {"bikeId", "riderId", "producedAt", "ownedFrom"?}; stdin without FILE
  npm run registry -- list [--json]
      all bikes and their present owners`

const batchSize = 1_000

async function add(sql: Sql, flags: Record<string, string | boolean | undefined>): Promise<string> {
  const parsed = parseRegistration({
    bikeId: flags.bike,
    riderId: flags.rider,
    producedAt: flags.produced ?? flags.from ?? new Date().toISOString().slice(0, 10),
    ownedFrom: flags.from,
  })
  if (!parsed.ok) throw new Error(parsed.fault)
  await registerBikes(sql, [parsed.bike])
  return `${parsed.bike.bikeId} belongs to ${parsed.bike.riderId}`
}

/** Batch by batch, so that a list of any length fits; a faulty line ends it and names itself. */
async function importLines(sql: Sql, file: string | undefined): Promise<string> {
  const input = file === undefined ? process.stdin : createReadStream(file)
  let batch: BikeRegistration[] = []
  let line = 0
  let registered = 0
  const flush = async () => {
    await registerBikes(sql, batch)
    registered += batch.length
    batch = []
  }
  for await (const text of createInterface({ input })) {
    line++
    if (text.trim() === '') continue
    const parsed = parseRegistrationLine(text)
    if (!parsed.ok)
      throw new Error(`line ${line}: ${parsed.fault} (${registered} bikes before it are registered)`)
    batch.push(parsed.bike)
    if (batch.length === batchSize) await flush()
  }
  await flush()
  return `${registered} bikes registered`
}

async function list(sql: Sql, json: boolean): Promise<string> {
  let bikes = 0
  for await (const bike of listBikes(sql)) {
    bikes++
    const text = `${bike.bikeId}  produced ${bike.producedAt.toISOString().slice(0, 10)}  ${bike.riderId ?? 'nobody'}`
    process.stdout.write(`${json ? JSON.stringify(bike) : text}\n`)
  }
  return json ? '' : `${bikes} bikes`
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      bike: { type: 'string' },
      rider: { type: 'string' },
      produced: { type: 'string' },
      from: { type: 'string' },
      json: { type: 'boolean' },
    },
  })
  const [verb, file] = positionals
  if (verb !== 'add' && verb !== 'import' && verb !== 'list') throw new Error(usage)
  const sql = connectPostgres({
    url: readConfig(['DATABASE_URL']).DATABASE_URL,
    name: 'registry',
    maxConnections: 1,
  })
  try {
    const done =
      verb === 'add'
        ? await add(sql, values)
        : verb === 'import'
          ? await importLines(sql, file)
          : await list(sql, values.json === true)
    if (done !== '') process.stdout.write(`${done}\n`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
