// npm run chaos [-- --faults N] [--minutes N] [--seed S] [--only A,B] [--report FILE]: every process of the platform is
// killed, stopped and robbed of its disk under load. Ends with 0 only if every recorded sample is then in every destination, once.
import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type MachineFacts, machineFacts } from '../../bench/report.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { defaultDataDir, toStderr } from '../../infra/local/index.ts'
import { interruption } from '../../testkit/interruption.ts'
import { type ChaosArguments, readArguments } from './chaos-arguments.ts'
import { hasOwnMounts, moveIntoOwnMounts } from './own-mounts.ts'
import { type ChaosReport, formatReport } from './report.ts'
import { runChaos } from './run.ts'

const usage = `\
npm run chaos [-- OPTIONS]

Starts engines and platform of its own, lets phones and modules ride, and does one fault after the other: SIGKILL, SIGSTOP
for 20 s and, as root, a full disk for 20 s. Each must heal before the next. Then the books are checked.

  --faults N      how many (default 30)
  --minutes N     begin no fault after so many minutes; without --faults, as many as fit, but one at least
  --seed S        the order of the faults and the rides (default 1)
  --only A,B      only these processes suffer, such as kafka,search
  --report FILE   the report as JSON (default .bench/chaos.json)

Exit code 0: all faults were done and healed, nothing lost, nothing doubled. 1: not so, or the run failed. 2: arguments that
make no sense.`

const times = { killedMs: 3_000, stoppedMs: 20_000, fullDiskMs: 20_000 }
const load = { phones: 8, modules: 4 }

async function obey({ least, most, withinMs, seed, only, report: file }: ChaosArguments): Promise<void> {
  if (!hasOwnMounts()) toStderr('no full disks: they need root and the right to mount (Linux, unshare)')
  const dataDir = join(defaultDataDir(), `chaos-${randomBytes(4).toString('hex')}`)
  const report = await runChaos({
    ...load,
    seed,
    leastFaults: least,
    mostFaults: most,
    withinMs,
    times,
    ...(only !== undefined && { targets: only }),
    dataDir,
    namespace: 'chaos',
    smallDisks: hasOwnMounts(),
    onProgress: toStderr,
    signal: interruption(),
  }).catch((error: unknown) => {
    toStderr(`logs: ${dataDir}`)
    throw error
  })
  await writeRecord(resolve(file), report)
  print(`\n${formatReport(report)}\n${inWords(machineFacts())}\nrecord: ${resolve(file)}`)
  if (!report.holds) throw new Error(`The run failed; logs: ${dataDir}`)
  await rm(dataDir, { recursive: true, force: true })
}

async function writeRecord(file: string, report: ChaosReport): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const record = { measuredAt: new Date().toISOString(), machine: machineFacts(), ...report }
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`)
}

function inWords({ cores, cpuModel, memoryGiB, node }: MachineFacts): string {
  return `${cores} cores of ${cpuModel}, ${memoryGiB} GiB, Node ${node}`
}

moveIntoOwnMounts()
await runCommand({ usage, read: readArguments, obey })
