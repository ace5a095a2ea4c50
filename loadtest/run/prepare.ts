// Before the load: riders, uploads that waited, hostile requests, and k6's bundle and plan, all in one folder.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleScenarios } from '../k6/bundle.ts'
import type { LoadPlan, LoadRider } from '../scenarios/plan.ts'
import { hostileThresholds } from '../scenarios/planned.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { totalOf } from '../scenarios/shape.ts'
import { hostileRequests } from './hostile-requests.ts'
import { keptUploads } from './kept-uploads.ts'
import { createRiders } from './riders.ts'
import type { Target } from './target.ts'

export interface Preparation {
  readonly plan: LoadPlan
  readonly riders: readonly LoadRider[]
  /** Their uploads are the probes. */
  readonly probers: readonly LoadRider[]
}

const counts = { riders: 60, probers: 4, outlaws: 4, bikesPerRider: 5 } as const
const rideSeconds = 300
const marginMs = 3_600_000

export async function prepare(of: {
  target: Target
  scenario: Scenario
  flows: LoadPlan['flows']
  /** Begins the riders' ids. */
  prefix: string
  folder: string
}): Promise<Preparation> {
  const { target, scenario, flows, prefix, folder } = of
  const { bikesPerRider } = counts
  const make = (role: string, riders: number, addresses?: number) =>
    createRiders({ target, prefix: `${prefix}${role}-`, riders, bikesPerRider, addresses })
  const riders = await make('rider', counts.riders, scenario.addresses)
  const probers = await make('prober', counts.probers)
  const outlaws = flows.hostile === undefined ? [] : await make('outlaw', counts.outlaws)
  const hostile = await hostileRequests(outlaws, riders[0] as LoadRider)
  const nowMs = Date.now()
  const plan: LoadPlan = {
    edgeUrl: target.env.EDGE_URL ?? '',
    tokenUrl: target.env.TOKEN_URL,
    flows,
    thresholds: { ...scenario.thresholds, ...hostileThresholds(hostile) },
    ridersFile: 'riders.json',
    keptFile: 'kept.json',
    hostileFile: 'hostile.json',
    summaryFile: join(folder, 'summary.json'),
    ride: { seconds: rideSeconds, beginMs: nowMs - rideMs(flows, counts.riders * bikesPerRider) },
  }
  const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value))
  await write('plan.json', plan)
  await write(plan.ridersFile, riders)
  const count = flows.kept === undefined ? 0 : Math.ceil(totalOf(flows.kept))
  const kept = keptUploads({ kind: scenario.kept ?? 'recent', count, riders, nowMs })
  await writeArray(join(folder, plan.keptFile), kept)
  await write(plan.hostileFile, hostile)
  await bundleScenarios(join(folder, 'main.js'))
  return { plan, riders, probers }
}

/** How long ago a bike must have set out, so that however far it rides, it stays in the past. */
function rideMs({ rides }: LoadPlan['flows'], bikes: number): number {
  const rounds = rides === undefined ? 0 : Math.ceil(totalOf(rides) / bikes)
  return (rounds + 1) * rideSeconds * 1_000 + marginMs
}

/** Item by item: together they may be larger than the longest string. */
async function writeArray(file: string, items: Iterable<unknown>): Promise<void> {
  const stream = createWriteStream(file)
  let separator = '['
  for (const item of items) {
    if (!stream.write(`${separator}${JSON.stringify(item)}`)) await once(stream, 'drain')
    separator = ','
  }
  stream.end(separator === '[' ? '[]' : ']')
  await once(stream, 'finish')
}
