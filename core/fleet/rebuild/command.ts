// `npm run rebuild -- export|import FILE`: what a database has to know before it reads all statements again.
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { z } from 'zod'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createMemoryStore } from '../../engines/postgres/fleet/memory-store.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { createFileText, rowsIn } from './file.ts'
import type { MemoryStore } from './port.ts'

const usage = `Usage:
  npm run rebuild -- export FILE
      writes what no record of manufacturing.events tells: partners, keys and grants, decisions of staff, what was
      taken back, bikes registered by hand, and who owns which bike. FILE must not exist; it names riders, so only
      its owner may read it
  npm run rebuild -- import FILE
      into an empty database, before its fleet process reads manufacturing.events from the beginning`

const form = {
  options: {},
  positionals: ['verb', 'file'],
  request: z.strictObject({ verb: z.enum(['export', 'import']), file: z.string().min(1) }),
} as const

async function exportTo(file: string, store: MemoryStore): Promise<string> {
  const handle = await open(file, 'wx', 0o600)
  try {
    const text = createFileText()
    let count = 0
    await handle.appendFile(text.begin(Date.now()))
    await store.read(async (rows) => {
      count += rows.length
      await handle.appendFile(text.rows(rows))
    })
    await handle.appendFile(text.end())
    await handle.sync()
    return `${count} rows in ${file}`
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

async function importFrom(file: string, store: MemoryStore): Promise<string> {
  await store.fill(rowsIn(createReadStream(file)))
  return `${file} is known: now let the fleet process read manufacturing.events from the beginning`
}

await runCommand({
  usage,
  read: (args) => readRequest(form, args),
  async obey({ verb, file }) {
    const { DATABASE_URL: url } = readConfig(['DATABASE_URL'])
    const sql = connectPostgres({ url, name: 'rebuild', maxConnections: 1 })
    try {
      const store = createMemoryStore(sql)
      print(await (verb === 'export' ? exportTo(file, store) : importFrom(file, store)))
    } finally {
      await sql.end({ timeout: 5 })
    }
  },
})
