// What a fleet needs and costs: `npm run capacity -- --bikes N [--years N] [--json] [--tfvars FILE] [assumptions …]`.
import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { measurementsOf, readRecords, recordsDir } from './measured.ts'
import { capacityOf } from './model.ts'
import { defaults, optionOf, type ParameterName, parameterNames, parameters, ranges } from './parameters.ts'
import { describeParameters, formatCapacity } from './report.ts'
import { sizesOf } from './tfvars.ts'

const usage = `Usage:
  npm run capacity -- [--bikes N] [--years N] [--json] [--tfvars FILE] [--records DIR] [an assumption …]
      what such a fleet sends by hour and season, and what that needs and costs after so many years (5);
      --tfvars writes the sizes of machines and services, for infra/terraform/environments;
      --records is a folder of records that were measured elsewhere (loadtest/capacity/measured)

Assumptions, and what they are when not given:
${describeParameters(optionOf)}

What was measured, and how to measure it again, is in loadtest/capacity/measured.ts.`

const number = z.coerce.number({ error: 'not a number' }).max(1e12, 'too large')
const inRange = (name: ParameterName) => {
  const { words, has } = ranges[parameters[name].range]
  return number.refine(has, `must be ${words}`).default(defaults[name])
}
const form = {
  options: {
    years: { type: 'string' },
    json: { type: 'boolean' },
    tfvars: { type: 'string' },
    records: { type: 'string' },
    ...Object.fromEntries(parameterNames.map((name) => [optionOf(name), { type: 'string' as const }])),
  },
  positionals: ['verb'],
  request: z
    .strictObject({
      verb: z.undefined().optional(),
      years: number
        .refine((years) => ranges.count.has(years) && years <= 100, 'must be a whole number from 1 to 100')
        .default(5),
      json: z.boolean().default(false),
      tfvars: z.string().min(1).optional(),
      records: z.string().min(1).default(recordsDir),
      ...Object.fromEntries(parameterNames.map((name) => [optionOf(name), inRange(name)])),
    })
    .superRefine((asked: Record<string, unknown>, context) => {
      const hot = Number(asked['hot-months'])
      if (Number(asked['warm-months']) >= hot) return
      const message = `must be at least --hot-months, which is ${hot}`
      context.addIssue({ code: 'custom', message, path: ['warm-months'] })
    }),
} as const

type Asked = { years: number; json: boolean; tfvars?: string; records: string } & Readonly<
  Record<string, number | boolean | string | undefined>
>

async function obey(asked: Asked): Promise<void> {
  const given = Object.fromEntries(parameterNames.map((name) => [name, Number(asked[optionOf(name)])]))
  const measured = measurementsOf(readRecords(asked.records))
  const capacity = capacityOf({ ...defaults, ...given, measured }, asked.years)
  if (asked.tfvars !== undefined)
    writeFileSync(asked.tfvars, `${JSON.stringify({ sizes: sizesOf(capacity) }, undefined, 2)}\n`)
  const text = asked.json ? JSON.stringify(capacity, undefined, 2) : formatCapacity(capacity)
  print(text)
}

await runCommand({ usage, read: (args) => readRequest(form, args) as Asked, obey })
