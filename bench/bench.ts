// npm run bench -- <name> [--json FILE] [--trips DIR] [--against DIR]: runs one benchmark, prints its table and keeps its record.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { print, runCommand } from '../core/runtime/command-line/run-command.ts'
import { type Bench, commandOf, formatResult, writeRecord } from './report.ts'

const benches: Readonly<Record<string, { about: string; load: () => Promise<{ run: Bench }> }>> = {
  wire: { about: 'bytes per sample on the wire', load: () => import('./wire.ts') },
  edge: { about: 'CPU of the edge per million samples', load: () => import('./edge.ts') },
  bomb: {
    about: 'a decompression bomb of 10 GB: time to its refusal, memory',
    load: () => import('./bomb.ts'),
  },
  search: { about: 'search worker against a bare bulk loop', load: () => import('./search.ts') },
  ledger: { about: 'bytes of a settled track in PostgreSQL', load: () => import('./ledger.ts') },
  latest: { about: 'throughput of the latest worker', load: () => import('./latest.ts') },
  freshness: { about: 'accepted → searchable and → latest', load: () => import('./freshness.ts') },
  devices: { about: 'modules → queues → Kafka', load: () => import('./devices.ts') },
  compare: { about: 'this checkout and another (--against), in turns', load: () => import('./compare.ts') },
  scale: { about: 'one and two processes of each stage', load: () => import('./scale.ts') },
  scaling: { about: 'pause of a partition when processes come and go', load: () => import('./scaling.ts') },
  estimates: {
    about: 'range and duration against simple methods (--trips: recorded rides)',
    load: () => import('./estimates.ts'),
  },
  fleet: { about: 'statements taken in; two million bikes', load: () => import('./fleet.ts') },
  live: {
    about: 'live streams of one API process: memory, freshness, end',
    load: () => import('./live.ts'),
  },
  rides: {
    about: 'cost of rides; documents read for a sample; when a closed ride is listed',
    load: () => import('./rides.ts'),
  },
  steps: { about: 'longest synchronous step of a worker', load: () => import('./steps.ts') },
  storage: { about: 'bytes per document in Elasticsearch', load: () => import('./storage.ts') },
  way: { about: 'CPU of each service and engine on the whole way', load: () => import('./way.ts') },
}

const names = Object.entries(benches).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
const usage = `Usage: npm run bench -- NAME [--json FILE] [--trips DIR] [--against DIR]\n\n${names.join('\n')}`

function read(args: string[]) {
  const options = {
    json: { type: 'string' },
    trips: { type: 'string' },
    against: { type: 'string' },
  } as const
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
  const [name = ''] = positionals
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
  if (bench === undefined) throw new Error(name === '' ? 'say which benchmark' : `no such benchmark: ${name}`)
  return { name, bench, ...values }
}

async function obey({ name, bench, json, trips, against }: ReturnType<typeof read>): Promise<void> {
  const { run } = await bench.load()
  const result = await run({
    ...(trips !== undefined && { tripsDir: resolve(trips) }),
    ...(against !== undefined && { againstDir: resolve(against) }),
    progress: (line) => process.stderr.write(`${line}\n`),
  })
  print(formatResult(name, result))
  const file = resolve(json ?? `.bench/${name}.json`)
  await writeRecord(file, { name, command: commandOf(process.argv.slice(2), process.env), ...result })
  print(`record: ${file}`)
}

await runCommand({ usage, read, obey })
