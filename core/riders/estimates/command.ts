// The population prior for operators: `npm run estimates -- prior`, `prior list` and `prior use VERSION`.
import { z } from 'zod'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { createConsentReader } from '../../engines/postgres/riders/consent-store.ts'
import { createConsentingRiders, createPriorStore } from '../../engines/postgres/riders/prior-store.ts'
import { createRideNotes } from '../../engines/postgres/riders/ride-notes.ts'
import { createRideReader } from '../../engines/postgres/riders/ride-store.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { lookFields, lookOptions } from '../../staff/access-log/look.ts'
import { leastRiders, makePrior, ridesThatCount } from './make-prior.ts'
import type { ListedPrior, RiderRides } from './prior-port.ts'
import { shippedPrior } from './shipped-prior.ts'

const usage = `Usage:
  npm run estimates -- prior --reason WHY [--name WHO] [--seed TEXT]
      makes a prior from the rides of riders who consent to the purpose product, and uses it; of ${leastRiders} riders at least
  npm run estimates -- prior list
      the versions, the newest first, and which one is used
  npm run estimates -- prior use VERSION --reason WHY [--name WHO]
      uses this version from now on, or the shipped one: ${shippedPrior.version}`

const verb = z.literal('prior', { error: 'can: prior' })
const form = {
  options: { ...lookOptions, seed: { type: 'string' } },
  positionals: ['what', 'verb', 'version'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({
      ...{ what: verb, verb: z.literal('make').optional(), ...lookFields },
      seed: z.string().min(1).max(100).default('riders'),
    }),
    z.strictObject({ what: verb, verb: z.literal('list') }),
    z.strictObject({
      what: verb,
      verb: z.literal('use'),
      version: z.string().min(1).max(100),
      ...lookFields,
    }),
  ]),
} as const
type Request = z.output<typeof form.request>

/** A fit takes some minutes and some hundred MB with so many. */
const mostRiders = 2_000
const mostRides = 100

async function ridersOf(sql: Sql, seed: string): Promise<RiderRides[]> {
  const [reader, notes, consents] = [createRideReader(sql), createRideNotes(sql), createConsentReader(sql)]
  const found: RiderRides[] = []
  for (const riderId of await createConsentingRiders(sql).ridersWhoConsent(seed, mostRiders)) {
    const rides = await reader.ridesOf({ riderId, limit: mostRides })
    const fromMs = Math.min(...rides.map((ride) => ride.fromMs))
    const untilMs = Math.max(...rides.map((ride) => ride.untilMs))
    if (rides.length === 0) continue
    const said = await notes.notesOf({ riderId, fromMs, untilMs })
    // Asked last: what a rider withdraws while the rides are read counts.
    const given = (await consents.consentsOf([riderId], 'product')).get(riderId) ?? []
    const known = { consents: given, notes: said, nowMs: Date.now() }
    found.push({ riderId, rides: ridesThatCount(rides, known) })
  }
  return found
}

async function make(sql: Sql, { seed, reason, name }: Extract<Request, { seed: string }>): Promise<string> {
  const made = makePrior({ riders: await ridersOf(sql, seed), base: shippedPrior, seed })
  if (made.outcome === 'too_few_riders') {
    throw new Error(
      `nothing was written: rides enough have ${made.riders} riders who consent, and it takes ${leastRiders}`,
    )
  }
  await createPriorStore(sql).add(made.prior, { by: operator(name), reason })
  const { version, riders, rides } = made.prior
  return `${version}, of ${rides} rides of ${riders} riders, is used from now on`
}

async function use(
  sql: Sql,
  { version, reason, name }: Extract<Request, { version: string }>,
): Promise<string> {
  const chosen = version === shippedPrior.version ? undefined : version
  if (await createPriorStore(sql).use(chosen, { by: operator(name), reason }))
    return `${version} is used from now on`
  throw new Error(`there is no version ${version}`)
}

async function list(sql: Sql): Promise<string> {
  const listed = await createPriorStore(sql).list()
  const shipped = `${shippedPrior.version}  shipped${listed.some(({ isUsed }) => isUsed) ? '' : '  used'}`
  return [...listed.map(lineOf), shipped].join('\n')
}

const lineOf = ({ version, madeAtMs, riders, rides, seed, digest, isUsed }: ListedPrior) =>
  [version, new Date(madeAtMs).toISOString(), `${rides} rides of ${riders} riders`, `seed ${seed}`, digest]
    .concat(isUsed ? 'used' : [])
    .join('  ')

function answer(sql: Sql, asked: Request): Promise<string> {
  if (asked.verb === 'list') return list(sql)
  return asked.verb === 'use' ? use(sql, asked) : make(sql, asked)
}

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'estimates', maxConnections: 1 })
  try {
    print(await answer(sql, asked))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
