// CPU of the edge per million samples: uploads of 300 ride samples in gzip, token checked, every column validated,
// acknowledged by Kafka; against a bare Hono that reads the same bodies and discards them, in the same run.
import { fileURLToPath } from 'node:url'
import { deleteTopics, ensureTopics } from '../core/engines/kafka/topics.ts'
import { startTestIssuer } from '../edge/testing/issuer.ts'
import { type ServerProcess, startServerProcess, untilReady } from '../testkit/server-process.ts'
import { withEngines } from '../testkit/with-engines.ts'
import type { LoadOutcome } from './edge-load.ts'
import { loadServer, prepareUploads, type Uploads, unlimited } from './edge-uploads.ts'
import { processCpuSeconds } from './process-cpu.ts'
import { type Bench, type BenchResult, quantile } from './report.ts'

const connections = 64
const samplesPerUpload = 300
const warmUpSeconds = 4
const measuredSeconds = 12
const rounds = 2
const goalSecondsPerMillion = 0.5

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

export const run: Bench = ({ tripsDir, progress }) =>
  withEngines(progress, async ({ KAFKA_BROKERS = '' }) => {
    const brokers = KAFKA_BROKERS.split(',')
    const namespace = `bench_${Date.now().toString(36)}`
    await ensureTopics({ brokers, namespace })
    const issuer = await startTestIssuer()
    const edge = await startServerProcess({
      args: [here('../edge/entry/node.ts')],
      env: { ...issuer.env, ...unlimited, KAFKA_BROKERS, NAMESPACE: namespace },
    })
    const bare = await startServerProcess({ args: [here('edge-bare.ts')], env: {} })
    try {
      await untilReady(edge)
      const uploads = await prepareUploads({ issuer, tripsDir, samplesPerUpload })
      const measured: Measurement[] = []
      for (let round = 1; round <= rounds; round++) {
        for (const [name, server] of [
          ['bare Hono', bare],
          ['edge', edge],
        ] as const) {
          progress(`round ${round} of ${rounds}: ${name}, ${warmUpSeconds + measuredSeconds} s`)
          measured.push({ name, ...(await measure(server, uploads)) })
        }
      }
      return report(measured, uploads)
    } finally {
      await Promise.all([edge.stop(), bare.stop()])
      issuer.close()
      await deleteTopics({ brokers, namespace })
    }
  })

interface Measurement {
  readonly name: string
  readonly outcome: LoadOutcome
  readonly cpuSeconds: number
}

async function measure(server: ServerProcess, uploads: Uploads): Promise<Omit<Measurement, 'name'>> {
  const plan = { url: `${server.url}/v1/telemetry`, connections, uploads, expectedStatus: 202 }
  await loadServer({ ...plan, seconds: warmUpSeconds })
  const before = processCpuSeconds(server.pid)
  const outcome = await loadServer({ ...plan, seconds: measuredSeconds })
  const cpuSeconds = processCpuSeconds(server.pid) - before
  return { outcome, cpuSeconds }
}

function perMillion({ outcome, cpuSeconds }: Measurement): number {
  return (cpuSeconds * 1e6) / (outcome.uploads * samplesPerUpload)
}

function report(measured: readonly Measurement[], uploads: Uploads): BenchResult {
  const best = (name: string) =>
    Math.min(...measured.filter((measurement) => measurement.name === name).map(perMillion))
  const [bare, edge] = [best('bare Hono'), best('edge')]
  const bytes = uploads.reduce((sum, { body }) => sum + Buffer.byteLength(body, 'base64'), 0)
  const bytesPerSample = bytes / uploads.length / samplesPerUpload
  return {
    title: `uploads of ${samplesPerUpload} samples (${bytesPerSample.toFixed(1)} bytes each, gzip), ${connections} connections`,
    rows: measured.map((measurement) => ({
      server: measurement.name,
      'uploads/s': measurement.outcome.uploads / measurement.outcome.seconds,
      'samples/s': (measurement.outcome.uploads * samplesPerUpload) / measurement.outcome.seconds,
      'CPU µs/upload': (measurement.cpuSeconds * 1e6) / measurement.outcome.uploads,
      'CPU s/million samples': perMillion(measurement),
      'p50 ms': quantile(measurement.outcome.latenciesMs, 0.5),
      'p99 ms': quantile(measurement.outcome.latenciesMs, 0.99),
    })),
    goals: [
      {
        what: 'edge, CPU seconds per million samples (best round)',
        goal: `≤ ${goalSecondsPerMillion}`,
        measured: `${edge.toFixed(3)}, ${(edge / bare).toFixed(1)} times a bare Hono (${bare.toFixed(3)})`,
        reached: edge <= goalSecondsPerMillion,
      },
    ],
    figures: { edgeSecondsPerMillion: edge, bareSecondsPerMillion: bare, ratio: edge / bare, bytesPerSample },
  }
}
