// Edges under load, each with a load process of its own: how fast together, and at what cost.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { deleteTopics, ensureTopics } from '../core/engines/kafka/topics.ts'
import { startServerProcess, untilReady } from '../testkit/server-process.ts'
import { checkDrained, type Drained } from './drained.ts'
import { loadServer, type Uploads, unlimited } from './edge-uploads.ts'
import { differenceOf, type EngineSeconds } from './engine-cpu.ts'
import { processCpuSeconds, processPeakMiB } from './process-cpu.ts'

export interface EdgePlan {
  /** The checkout whose edge runs. */
  readonly dir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly instances: number
  readonly uploads: Uploads
  readonly samplesPerUpload: number
  engineSeconds(): EngineSeconds
}

const seconds = 10
const warmUpSeconds = 4
const connections = 64

export async function measureEdges(plan: EdgePlan): Promise<Drained> {
  const { dir, instances, uploads, samplesPerUpload, engineSeconds } = plan
  // Topics of its own: repeated uploads would be work of another kind for the stages behind.
  const namespace = `edge${randomBytes(4).toString('hex')}`
  const brokers = (plan.env.KAFKA_BROKERS ?? '').split(',')
  await ensureTopics({ brokers, namespace })
  const env = { ...plan.env, ...unlimited, NAMESPACE: namespace, PORT: '0' }
  const args = [join(dir, 'edge/entry/node.ts')]
  const edges = await Promise.all(Array.from({ length: instances }, () => startServerProcess({ args, env })))
  const load = (howLong: number) =>
    Promise.all(
      edges.map(({ url }) =>
        loadServer({
          url: `${url}/v1/telemetry`,
          connections: connections / instances,
          seconds: howLong,
          uploads,
          expectedStatus: 202,
        }),
      ),
    )
  const used = () => ({ cpu: edges.map(({ pid }) => processCpuSeconds(pid)), engines: engineSeconds() })
  try {
    await Promise.all(edges.map((edge) => untilReady(edge)))
    await load(warmUpSeconds)
    const before = used()
    const outcomes = await load(seconds)
    const after = used()
    const counted = outcomes.map((outcome) => outcome.uploads * samplesPerUpload)
    return checkDrained(`edge, ${instances} of it`, {
      counted: sum(counted),
      seconds: Math.max(...outcomes.map((outcome) => outcome.seconds)),
      cpuSeconds: sum(after.cpu) - sum(before.cpu),
      engineSeconds: differenceOf(after.engines, before.engines),
      peakMiB: Math.max(...edges.map(({ pid }) => processPeakMiB(pid))),
      partitions: [],
      shares: counted.map((count) => count / sum(counted)),
    })
  } finally {
    await Promise.all(edges.map((edge) => edge.stop()))
    await deleteTopics({ brokers, namespace })
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
