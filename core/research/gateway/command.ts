// Whether the log of researchers' queries is whole: `npm run research-log -- verify`.
import { z } from 'zod'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createQueryLog } from '../../engines/postgres/research/gateway-store.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { firstHash, hashOf, verifyChain } from './audit.ts'

const usage = `Usage:
  npm run research-log -- verify [--since NUMBER:HASH]
      whether no query was changed, put in or taken out since that one, or since the first; prints the last one for the next time`

const form = {
  options: { since: { type: 'string' } },
  positionals: ['verb'],
  request: z.strictObject({
    verb: z.literal('verify'),
    since: z
      .string()
      .regex(/^\d{1,15}:[0-9a-f]{64}$/, 'NUMBER:HASH, as verify has printed it')
      .default(`0:${firstHash}`),
  }),
} as const

await runCommand({
  usage,
  read: (args) => readRequest(form, args),
  async obey({ since }) {
    const [number = '0', hash = ''] = since.split(':')
    const sql = connectPostgres({ url: readConfig(['DATABASE_URL']).DATABASE_URL, name: 'research-log' })
    try {
      const queries = createQueryLog(sql, { firstHash, hashOf })
      const last = await verifyChain(queries, { number: Number(number), hash })
      print(`whole up to ${last.number}:${last.hash}`)
    } finally {
      await sql.end({ timeout: 5 })
    }
  },
})
