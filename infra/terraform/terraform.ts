// `npm run terraform`: that the configuration for AWS is right, without an account.
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { runCommand } from '../../core/runtime/command-line/run-command.ts'
import { applyTest } from './apply-test.ts'
import { check } from './check.ts'
import { configurations } from './tool.ts'

const usage = `Usage:
  npm run terraform -- check                   format, validity and tests of every module and environment; checkov
  npm run terraform -- check modules/broker    validity and tests of one folder
  npm run terraform -- apply-test              applies all to moto, which answers as AWS does; changes and destroys it

Needs Terraform 1.11 or newer, and Python 3.11 for checkov and moto; no account. The provider, 700 MB, is downloaded once unless a mirror of it
lies in a usual place. Nothing is written into the clone.`

const form = {
  options: {},
  positionals: ['verb', 'folder'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({
      verb: z.literal('check'),
      folder: z
        .string()
        .refine((folder) => configurations().includes(folder), 'no such folder with configuration')
        .optional(),
    }),
    z.strictObject({ verb: z.literal('apply-test') }),
  ]),
} as const

await runCommand({
  usage,
  read: (args) => readRequest(form, args),
  obey: (request) => (request.verb === 'check' ? check(request.folder) : applyTest()),
})
