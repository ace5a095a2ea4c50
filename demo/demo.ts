// npm run demo [-- --trips DIR] [--report FILE] [--apart] [--secure]: rides with every trouble on purpose travel through the real
// engines, and each count at the end is proven by asking them. Ends with 0 only if all of them are.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { print, runCommand } from '../core/runtime/command-line/run-command.ts'
import { step, toStderr } from '../infra/local/index.ts'
import { waitUntilKnown } from '../testkit/await-known-bikes.ts'
import { type Environment, openEnvironment } from '../testkit/environment.ts'
import { memoryOf } from '../testkit/process-memory.ts'
import { bringBikesOnline } from './devices.ts'
import { openEngines } from './engines.ts'
import { expectationOf } from './expectation.ts'
import { bringBikesFromPlants } from './fleet.ts'
import { inspect } from './inspect.ts'
import { createPlan, type PlannedRide } from './plan.ts'
import { grantConsents, register } from './prepare.ts'
import { letRidersLeave } from './privacy.ts'
import { createReader } from './reader.ts'
import { type Report, reportOf } from './report.ts'
import { bringRiderHerRides } from './riders.ts'
import { loadRides } from './rides.ts'
import { createSender } from './sender.ts'
import { settle, waitForBalance } from './settle.ts'
import { formatReport } from './table.ts'
import { samplesAccepted, uploadRides } from './upload.ts'

const usage = `\
Usage:
  npm run demo [-- OPTIONS]
      --trips DIR     replays the rides in DIR instead of simulated ones
      --report FILE   writes the result as JSON
      --apart         each service of core in a process of its own, instead of all in one
      --secure        local engines with TLS, and an account of its own for each service`

const options = {
  trips: { type: 'string' },
  report: { type: 'string' },
  apart: { type: 'boolean', default: false },
  secure: { type: 'boolean', default: false },
} as const
const read = (args: string[]) => parseArgs({ args, options }).values
type Asked = ReturnType<typeof read>

const interruption = new AbortController()

async function main({ trips, apart, secure }: Asked, signal: AbortSignal): Promise<Report> {
  // Bad arguments show before the engines start.
  const rides = await loadRides(trips)
  const environment = await openEnvironment({
    ...{ name: 'demo', apart, secure, onProgress: toStderr, signal },
    // Engines of the environment are as they are.
    ...(secure && { environment: {} }),
  })
  try {
    return await perform(environment, rides, signal)
  } finally {
    await environment.stop()
  }
}

async function perform(
  environment: Environment,
  source: Awaited<ReturnType<typeof loadRides>>,
  signal: AbortSignal,
): Promise<Report> {
  const nowMs = Date.now()
  const plan = createPlan({ rides: source, nowMs })
  const expectation = expectationOf(plan, nowMs)
  const { accepted } = expectation
  const { EDGE_URL: edgeUrl = '', TOKEN_URL: tokenUrl = '', API_URL: apiUrl = '' } = environment.env
  const engines = openEngines(environment)
  const sender = createSender({ edgeUrl, tokenUrl, signal })
  const reader = createReader({ apiUrl, tokenUrl, signal })
  const progress = <T>(what: string, work: () => Promise<T>) => step(toStderr, what, work)
  try {
    const latecomers = plan.rides.filter(({ role }) => role === 'unregistered')
    await progress(
      `registering ${plan.rides.length - latecomers.length} bikes, asking for consent`,
      async () => {
        await register(
          engines.sql,
          plan.rides.filter((ride) => !latecomers.includes(ride)),
          nowMs,
        )
        await grantConsents(engines.sql, plan.rides, nowMs)
        await waitUntilKnown(engines.sql, { signal })
      },
    )
    // The troubled rides go first. They also bring the month's partitions into being, which takes a new platform a while;
    // freshness is measured with the others, on a platform that has them.
    const upload = (rides: readonly PlannedRide[]) =>
      uploadRides({ rides, sender, engines, onProgress: toStderr, signal })
    const troubled = plan.rides.filter(({ role }) => role !== 'honest')
    const others = plan.rides.filter(({ role }) => role === 'honest')
    const first = await progress(`uploading ${troubled.length} rides with troubles`, async () => {
      const result = await upload(troubled)
      await waitForBalance({ engines, accepted: samplesAccepted(result), signal })
      return result
    })
    const second = await progress(`uploading ${others.length} other rides`, () => upload(others))
    const uploads = { received: [...first.received, ...second.received], freshness: second.freshness }
    await progress(`waiting until all ${accepted} samples are accounted for`, () =>
      settle({ engines, accepted, books: expectation.first, signal }),
    )
    await progress('registering the missing bike: its samples leave quarantine by themselves', async () => {
      await register(engines.sql, latecomers, nowMs)
      await settle({ engines, accepted, books: expectation.final, signal })
    })
    const devices = await bringBikesOnline({ environment, engines, progress, signal })
    const fleet = await bringBikesFromPlants({ environment, engines, sender, progress, signal })
    const riders = await bringRiderHerRides({ environment, engines, sender, progress, signal })
    const scene = { plan, expectation, uploads, devices, fleet, riders, engines, reader }
    const inspection = await progress('asking the engines', () => inspect(scene))
    const memoryMiB = memoryOf(environment.services)
    const ride = others.find(({ consent }) => consent === 'always')
    if (ride === undefined) throw new Error('no rider of an honest ride consents')
    const privacy = await letRidersLeave({
      environment,
      engines,
      ride,
      tours: riders.tours,
      progress,
      signal,
    })
    const report = reportOf(scene, { inspection, privacy, memoryMiB })
    print(
      `\n${formatReport(report, inspection, { findings: fleet.findings, asked: riders.asked, privacy })}\n`,
    )
    for (const role of plan.leftOut) toStderr(`not shown, for want of rides: ${role}`)
    return report
  } finally {
    await engines.close()
  }
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(1)
    toStderr(`stopping (${name}); once more ends everything at once`)
    interruption.abort(new Error(`interrupted by ${name}`))
  })
}

async function obey(asked: Asked): Promise<void> {
  try {
    const report = await main(asked, interruption.signal)
    if (asked.report !== undefined) {
      await writeFile(resolve(asked.report), `${JSON.stringify(report, null, 2)}\n`)
    }
    process.exitCode = report.balanced ? 0 : 1
  } catch (error) {
    toStderr(`\nThe demonstration failed: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}

await runCommand({ usage, read, obey })
