// CSV files of plants and OEMs: `npm run intake -- FILE --source NAME [--mapping FILE]`.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toJson } from '@bufbuild/protobuf'
import { z } from 'zod'
import { ManufacturingEventSchema } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { clusterOf, kafkaSettings } from '../../engines/kafka/client.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createIntakeFiles } from '../../engines/postgres/fleet/intake-store.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand, tell } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { createLog } from '../../runtime/service.ts'
import { topicName } from '../../topics.ts'
import { readSealing } from '../partners/key-file.ts'
import { type IntakeFile, type IntakeSummary, sendFile, statementsIn } from './intake.ts'
import { createEncodingGuess } from './lines.ts'
import { type Mapping, readMapping } from './mapping.ts'

const usage = `Usage:
  npm run intake -- FILE --source plant:NAME|oem:NAME|dealer:NAME|service:NAME --key FILE
                     [--mapping FILE] [--again] [--dry-run]
      sends what the rows of a CSV file say to manufacturing.events; goes on where it was interrupted.
      Without --mapping, that of the source in core/fleet/intake/mappings/ is taken.
      --key      the source's private key (PEM), made by npm run partner -- new-key
      --again    reads a file from its beginning that was read before; what was said stays said once
      --dry-run  prints the statements as JSON, a line each, and sends nothing; ends with 1 where a row cannot be read`

const form = {
  options: {
    source: { type: 'string' },
    key: { type: 'string' },
    mapping: { type: 'string' },
    again: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  },
  positionals: ['file'],
  request: z
    .strictObject({
      file: z.string().min(1),
      source: z
        .string()
        .regex(/^(plant|oem|dealer|service):[\w.-]+$/, 'is neither plant:…, oem:…, dealer:… nor service:…'),
      key: z.string().min(1).optional(),
      mapping: z.string().min(1).optional(),
      again: z.boolean().default(false),
      'dry-run': z.boolean().default(false),
    })
    .refine((asked) => asked['dry-run'] || asked.key !== undefined, { path: ['key'], error: 'is missing' }),
} as const
type Request = z.output<typeof form.request>

async function mappingOf({ source, mapping }: Request): Promise<Mapping> {
  const known = fileURLToPath(new URL(`mappings/${source.replace(':', '-')}.json`, import.meta.url))
  if (mapping === undefined && !existsSync(known))
    throw new Error(`${source} has no mapping yet: --mapping FILE`)
  return readMapping(await readFile(mapping ?? known, 'utf8'))
}

async function openFile(asked: Request): Promise<IntakeFile> {
  const { file, source } = asked
  const mapping = await mappingOf(asked)
  const guess = createEncodingGuess()
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk)
    guess.see(chunk)
  }
  const encoding = mapping.encoding === 'auto' ? guess.result() : mapping.encoding
  return {
    source,
    sha256: hash.digest(),
    name: basename(file),
    mapping,
    encoding,
    chunks: createReadStream(file),
  }
}

async function obey(asked: Request): Promise<void> {
  const file = await openFile(asked)
  if (asked['dry-run']) return dryRun(file)
  const config = readConfig(['NAMESPACE', ...kafkaSettings, 'DATABASE_URL', 'STATEMENT_AUDIENCE'])
  const sealing = readSealing(asked.key ?? '', config.STATEMENT_AUDIENCE)
  const name = 'intake-command'
  const log = createLog(name, 'warn')
  const sql = connectPostgres({ url: config.DATABASE_URL, name, maxConnections: 1 })
  const producer = createProducer({ ...clusterOf(config), name, log })
  try {
    const files = createIntakeFiles(sql)
    const before = await files.progress(file)
    if (before.finished && !asked.again) {
      print(`${file.name} was read before: ${before.rowsRead} rows (--again reads it anew)`)
      return
    }
    const topic = topicName(config.NAMESPACE, 'manufacturing.events')
    const onProgress = ({ rows }: IntakeSummary) => tell(`${rows} rows`)
    const summary = await sendFile(file, asked.again ? 0 : before.rowsRead, {
      files,
      producer,
      topic,
      sealing,
      onProgress,
    })
    print(describe(file.name, summary))
  } finally {
    await producer.close()
    await sql.end({ timeout: 5 })
  }
}

async function dryRun(file: IntakeFile): Promise<void> {
  let last: IntakeSummary | undefined
  for await (const { statements, summary } of statementsIn(file)) {
    for (const statement of statements) print(JSON.stringify(toJson(ManufacturingEventSchema, statement)))
    last = summary
  }
  const told = last === undefined ? `${file.name}: no rows` : describe(file.name, last, 'not sent')
  if (last === undefined || last.unreadable > 0) throw new Error(told)
  tell(told)
}

function describe(name: string, summary: IntakeSummary, sent = 'sent'): string {
  const { rows, skipped, statements, unreadable, faults } = summary
  const before = skipped > 0 ? ` (${skipped} read before)` : ''
  const more = unreadable > faults.length ? ['…'] : []
  const counts = `${name}: ${rows} rows${before}, ${statements} statements ${sent}, ${unreadable} rows unreadable`
  return unreadable === 0 ? counts : [`${counts}:`, ...faults, ...more].join('\n')
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
