// npm run audit: fails where the registry knows a serious fault in a package of production. Some registries answer no audits.
import { spawnSync } from 'node:child_process'
import { z } from 'zod'

const answer = z.union([
  z.object({
    auditReportVersion: z.number(),
    metadata: z.object({ vulnerabilities: z.record(z.string(), z.number()) }),
  }),
  z.object({ message: z.string() }),
])

const { stdout } = spawnSync('npm', ['audit', '--json', '--omit', 'dev'], {
  encoding: 'utf8',
  timeout: 60_000,
})
const audit = answer.safeParse(JSON.parse(stdout || '{}'))
if (!audit.success || 'message' in audit.data) {
  const why = audit.data && 'message' in audit.data ? audit.data.message.split(' - ')[0] : 'no answer'
  console.log(`The registry answers no audit (${why}): nothing is known of faults in packages.`)
} else {
  const { vulnerabilities } = audit.data.metadata
  const serious = (vulnerabilities.high ?? 0) + (vulnerabilities.critical ?? 0)
  console.log(`Faults in packages of production: ${JSON.stringify(vulnerabilities)}`)
  process.exitCode = serious > 0 ? 1 : 0
}
