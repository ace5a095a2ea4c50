// Field errors by production: `npm run field-errors -- --type battery --by batch`.
import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createCohortReader } from '../../engines/postgres/fleet/field-error-reader.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { fieldErrorAnswer } from './answer.ts'
import { fieldErrorChart } from './chart.ts'
import { readFieldErrors } from './field-errors.ts'
import { groupings } from './port.ts'
import { fieldErrorFields, fieldErrorQuestion } from './request.ts'
import { fieldErrorTable } from './table.ts'

const usage = `Usage:
  npm run field-errors -- [--type TYPE] [--by ${groupings.join('|')}] [--from DAY] [--until DAY] [--svg FILE] [--json]
      bikes with faults of that component (battery), by its production (batch), of the last year unless days are given;
      --svg writes a chart beside the table, --json prints the answer of the API instead of the table`

const form = {
  options: {
    type: { type: 'string' },
    by: { type: 'string' },
    from: { type: 'string' },
    until: { type: 'string' },
    svg: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: [],
  request: z.strictObject({
    ...fieldErrorFields,
    svg: z.string().min(1).optional(),
    json: z.boolean().default(false),
  }),
} as const

function read(args: string[]) {
  const { svg, json, ...given } = readRequest(form, args)
  const question = fieldErrorQuestion(given, Date.now())
  if (typeof question === 'string') throw new Error(`--${question}`)
  return { question, svg, json }
}

async function obey({ question, svg, json }: ReturnType<typeof read>): Promise<void> {
  const sql = connectPostgres({
    url: readConfig(['DATABASE_URL']).DATABASE_URL,
    name: 'field-errors',
    maxConnections: 1,
    statementTimeoutMs: 600_000,
  })
  try {
    const errors = await readFieldErrors(createCohortReader(sql), question)
    if (errors === undefined) throw new Error(`no component type ${question.type}`)
    if (svg !== undefined) await writeFile(svg, fieldErrorChart(errors))
    const said = json ? JSON.stringify(fieldErrorAnswer(errors), undefined, 2) : fieldErrorTable(errors)
    print(said)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read, obey })
