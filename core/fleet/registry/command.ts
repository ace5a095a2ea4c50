// The registry by hand: `npm run registry -- add … | import [FILE] | list`.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { listBikes } from '../../engines/postgres/fleet/registry-store.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import type { BikeRegistration } from './port.ts'
import { isOwnedTooEarly, ownedTooEarly, parseRegistrationLine, registrationFields } from './registration.ts'
import { registerBikes } from './stores.ts'

const usage = `Usage:
  npm run registry -- add --bike UUID --rider ID [--produced DATE] [--from DATE]
      registers a bike and its owner; owned since --from, else since production; produced at --from, else today
  npm run registry -- import [FILE]
      registers many, a line each: {"bikeId", "riderId", "producedAt", "ownedFrom"?}; stdin without FILE;
      who did it is kept with every change of an owner
  npm run registry -- list [--json]
      all bikes, and whether somebody owns each; who, npm run ownership -- bike tells`

const batchSize = 1_000

const { bikeId, riderId, producedAt, ownedFrom } = registrationFields
const form = {
  options: {
    bike: { type: 'string' },
    rider: { type: 'string' },
    produced: { type: 'string' },
    from: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: ['verb', 'file'],
  request: z.discriminatedUnion('verb', [
    z
      .strictObject({
        verb: z.literal('add'),
        bike: bikeId,
        rider: riderId,
        produced: producedAt.optional(),
        from: ownedFrom,
      })
      .refine(({ produced, from }) => !isOwnedTooEarly(produced, from), {
        path: ['from'],
        error: ownedTooEarly,
      }),
    z.strictObject({ verb: z.literal('import'), file: z.string().optional() }),
    z.strictObject({ verb: z.literal('list'), json: z.boolean().default(false) }),
  ]),
} as const
type Request = z.output<typeof form.request>

async function add(sql: Sql, asked: Extract<Request, { verb: 'add' }>): Promise<string> {
  const { bike, rider, from, produced = from ?? today() } = asked
  await registerBikes(
    sql,
    [{ bikeId: bike, riderId: rider, producedAt: produced, ownedFrom: from }],
    operator(),
  )
  return `${bike} belongs to ${rider}`
}

function today(): Date {
  return new Date(new Date().toISOString().slice(0, 10))
}

/** Batch by batch, so that a list of any length fits; a faulty line ends it and names itself. */
async function importLines(sql: Sql, file: string | undefined): Promise<string> {
  const input = file === undefined ? process.stdin : createReadStream(file)
  const batch = new Map<string, BikeRegistration>()
  let line = 0
  let registered = 0
  const flush = async () => {
    await registerBikes(sql, [...batch.values()], operator())
    registered += batch.size
    batch.clear()
  }
  for await (const text of createInterface({ input })) {
    line++
    if (text.trim() === '') continue
    const parsed = parseRegistrationLine(text)
    if (!parsed.ok)
      throw new Error(`line ${line}: ${parsed.fault} (${registered} bikes before it are registered)`)
    // A sale ends the ownership before it, which must be there by then.
    if (batch.has(parsed.bike.bikeId)) await flush()
    batch.set(parsed.bike.bikeId, parsed.bike)
    if (batch.size === batchSize) await flush()
  }
  await flush()
  return `${registered} bikes registered`
}

async function list(sql: Sql, json: boolean): Promise<string> {
  let bikes = 0
  for await (const bike of listBikes(sql)) {
    bikes++
    const text = `${bike.bikeId}  produced ${bike.producedAt.toISOString().slice(0, 10)}  ${bike.isOwned ? 'owned' : 'nobody’s'}`
    print(json ? JSON.stringify(bike) : text)
  }
  return json ? '' : `${bikes} bikes`
}

async function obey(asked: Request): Promise<void> {
  const sql = connectPostgres({
    url: readConfig(['DATABASE_URL']).DATABASE_URL,
    name: 'registry',
    maxConnections: 1,
  })
  try {
    const done =
      asked.verb === 'add'
        ? await add(sql, asked)
        : asked.verb === 'import'
          ? await importLines(sql, asked.file)
          : await list(sql, asked.json)
    if (done !== '') print(done)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
