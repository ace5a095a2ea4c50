// One fuzz run: an edge of its own on real Kafka gets case after case; then what it has accepted is read back.
import { fileURLToPath } from 'node:url'
import { deleteTopics, ensureTopics } from '../../core/engines/kafka/topics.ts'
import { startTestIssuer, type TestIssuer } from '../../edge/testing/issuer.ts'
import type { OnProgress } from '../../infra/local/index.ts'
import { startServerProcess, untilReady } from '../../testkit/server-process.ts'
import { type CaseSource, caseOf } from './cases.ts'
import { checkRaw } from './check-raw.ts'
import { gatherMaterials } from './materials.ts'
import { memoryUse, residentMiB } from './memory.ts'
import { createBombs } from './packing.ts'
import { performCase } from './perform-case.ts'
import { type FuzzReport, reportOf } from './report.ts'
import { type Counting, createTally } from './tally.ts'
import { createTransport, type Transport } from './transport.ts'

export interface FuzzOptions {
  readonly brokers: readonly string[]
  readonly namespace: string
  readonly seed: number
  /** From this number on, and so many. */
  readonly first: number
  readonly cases: number
  readonly onProgress: OnProgress
  readonly signal: AbortSignal
}

const entry = fileURLToPath(new URL('../../edge/entry/node.ts', import.meta.url))
const connections = 16
/** Several, because a single one may hold no more than a quarter of the edge's memory for uploads. */
const senders = 8
const mostFaults = 20
const sampleMemoryEveryMs = 250
const tellEveryMs = 5_000
/** Longer than any run. */
const tokenLifetimeS = 7 * 86_400
const unlimited = {
  ...{ RATE_PER_ADDRESS: '0', RATE_PER_SENDER: '0', SAMPLE_RATE_PER_SENDER: '0' },
  TOKEN_MAX_LIFETIME_S: String(tokenLifetimeS),
}

export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { brokers, namespace } = options
  const issuer = await startTestIssuer()
  try {
    await ensureTopics({ brokers, namespace })
    const tally = await sendToEdge(options, issuer)
    return reportOf({ seed: options.seed, ...tally, ...(await checkRaw(options)) })
  } finally {
    issuer.close()
    await deleteTopics({ brokers, namespace })
  }
}

async function sendToEdge(options: FuzzOptions, issuer: TestIssuer) {
  const { brokers, namespace } = options
  const edge = await startServerProcess({
    args: [entry],
    env: { ...issuer.env, ...unlimited, KAFKA_BROKERS: brokers.join(), NAMESPACE: namespace },
  })
  const transport = createTransport({ url: edge.url, connections })
  const crash = new AbortController()
  void edge.ended.then((how) => crash.abort(new Error(`the edge ended with ${how}`)))
  try {
    await untilReady(edge)
    const tally = await sendAll({ ...options, issuer, transport, pid: edge.pid, crash: crash.signal })
    return { ...tally, ...(crash.signal.aborted && { crashed: String(crash.signal.reason) }) }
  } finally {
    transport.close()
    await edge.stop()
  }
}

interface Sending extends FuzzOptions {
  readonly issuer: TestIssuer
  readonly transport: Transport
  readonly pid: number
  readonly crash: AbortSignal
}

async function sendAll(options: Sending) {
  const { issuer, transport, seed, first, cases, signal, crash } = options
  const materials = gatherMaterials()
  const source: CaseSource = { seed, materials, bombs: createBombs() }
  const bikeIds = new Set(materials.bikeIds)
  const tokens = await Promise.all(
    Array.from({ length: senders }, (_, i) =>
      issuer.token({ subject: `rider-${i}`, bikes: [...bikeIds], expiresInS: tokenLifetimeS }),
    ),
  )
  const tally = createTally()
  let next = first
  async function lane(): Promise<void> {
    while (next < first + cases && tally.now().faults.length < mostFaults && !crash.aborted) {
      signal.throwIfAborted()
      const number = next++
      const one = caseOf(number, source)
      const outcome = await performCase(one, { transport, bikeIds, token: tokens[number % senders] ?? '' })
      tally.add({ number, name: one.name, outcome })
    }
  }
  const startedMs = performance.now()
  const memory = await watched({ ...options, tally }, async () => {
    await Promise.all(Array.from({ length: connections }, lane))
  })
  return { ...tally.now(), seconds: (performance.now() - startedMs) / 1_000, memory: memoryUse(memory) }
}

/** The edge's memory while `work` goes on, sampled at a steady pace. */
async function watched(
  { pid, cases, tally, onProgress }: Sending & { readonly tally: Counting },
  work: () => Promise<void>,
): Promise<readonly number[]> {
  const memory: number[] = []
  const sample = () => {
    const mib = residentMiB(pid)
    if (mib !== undefined) memory.push(mib)
  }
  sample()
  const sampling = setInterval(sample, sampleMemoryEveryMs)
  const telling = setInterval(() => {
    const { cases: done, faults } = tally.now()
    const edge = memory.at(-1)?.toFixed(0)
    onProgress(`${done} of ${cases} cases, ${faults.length} failed, edge at ${edge} MiB`)
  }, tellEveryMs)
  try {
    await work()
    return memory
  } finally {
    clearInterval(sampling)
    clearInterval(telling)
  }
}
