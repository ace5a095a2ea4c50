// What a fleet needs and costs: `npm run capacity -- --bikes N [--years N] [--json] [assumptions …]`.
import { z } from 'zod'
import { readRequest } from '../../core/command-line/read-request.ts'
import { runCommand } from '../../core/command-line/run-command.ts'
import { capacityOf } from './model.ts'
import { defaults, optionOf, parameterNames } from './parameters.ts'
import { describeParameters, formatCapacity } from './report.ts'

const usage = `Usage:
  npm run capacity -- [--bikes N] [--years N] [--json] [an assumption …]
      what such a fleet sends by hour and season, and what that needs and costs after so many years (5)

Assumptions, and what they are when not given:
${describeParameters(optionOf)}

What was measured, and how to measure it again, is in loadtest/capacity/measured.ts.`

const positive = z.coerce
  .number({ error: 'not a number' })
  .positive('not more than zero')
  .max(1e12, 'too large')
const form = {
  options: {
    years: { type: 'string' },
    json: { type: 'boolean' },
    ...Object.fromEntries(parameterNames.map((name) => [optionOf(name), { type: 'string' as const }])),
  },
  positionals: ['verb'],
  request: z.strictObject({
    verb: z.undefined().optional(),
    years: positive.max(100, 'more than 100').default(5),
    json: z.boolean().default(false),
    ...Object.fromEntries(parameterNames.map((name) => [optionOf(name), positive.default(defaults[name])])),
  }),
} as const

type Asked = { years: number; json: boolean } & Readonly<Record<string, number | boolean>>

async function obey(asked: Asked): Promise<void> {
  const given = Object.fromEntries(parameterNames.map((name) => [name, Number(asked[optionOf(name)])]))
  const capacity = capacityOf({ ...defaults, ...given }, asked.years)
  const text = asked.json ? JSON.stringify(capacity, undefined, 2) : formatCapacity(capacity)
  process.stdout.write(`${text}\n`)
}

await runCommand({ usage, read: (args) => readRequest(form, args) as Asked, obey })
