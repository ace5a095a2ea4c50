// `npm run terraform -- check | apply-test`: that the configuration for AWS is right, without an account.
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { runCommand } from '../../core/runtime/command-line/run-command.ts'
import { check } from './check.ts'

const usage = `Usage:
  npm run terraform -- check          format, validity and tests of every module and environment; checkov

Needs Terraform 1.11 or newer, and Python 3.11 for checkov; no account. The provider, 700 MB, is downloaded once unless a mirror of it lies
in a usual place. Nothing is written into the clone.`

const form = {
  options: {},
  positionals: ['verb'],
  request: z.strictObject({ verb: z.enum(['check']) }),
} as const

const verbs = { check }

await runCommand({
  usage,
  read: (args) => readRequest(form, args),
  obey: ({ verb }) => verbs[verb](),
})
