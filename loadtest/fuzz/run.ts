// One fuzz run: an edge of its own on real Kafka gets case after case; then what it has accepted is read back.
import { fileURLToPath } from 'node:url'
import { deleteTopics, ensureTopics, readTopic } from '../../core/kafka/index.ts'
import { readArrival } from '../../core/normalize/arrival.ts'
import { topicName } from '../../core/pipeline/topics.ts'
import { startTestIssuer, type TestIssuer } from '../../edge/testing/issuer.ts'
import { startServerProcess, untilReady } from '../../edge/testing/server-process.ts'
import type { OnProgress } from '../../infra/local/index.ts'
import { type CaseName, type CaseSource, caseOf, type FuzzCase } from './cases.ts'
import { judgeAnswer } from './judge.ts'
import { gatherMaterials } from './materials.ts'
import { memoryUse, residentMiB } from './memory.ts'
import { createBombs } from './packing.ts'
import { recordFault } from './records.ts'
import { type CaseFault, type FuzzReport, reportOf } from './report.ts'
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
const unlimited = { RATE_PER_ADDRESS: '0', RATE_PER_SENDER: '0' }
const connections = 16
/** Several, because a single one may hold no more than a quarter of the edge's memory for uploads. */
const senders = 8
const mostFaults = 20
const sampleMemoryEveryMs = 250
const tellEveryMs = 5_000

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
  const { issuer, seed, first, cases, pid, signal, crash, onProgress } = options
  const materials = gatherMaterials()
  const source: CaseSource = { seed, materials, bombs: createBombs() }
  const bikeIds = new Set(materials.bikeIds)
  const tokens = await Promise.all(
    Array.from({ length: senders }, (_, i) => issuer.token({ subject: `rider-${i}`, bikes: [...bikeIds] })),
  )
  const statuses: Record<string, number> = {}
  const byName: Partial<Record<CaseName, number>> = {}
  const faults: CaseFault[] = []
  const memory: number[] = []
  let [next, done, acceptedTracks] = [first, 0, 0]
  const note = (what: string | number) => {
    statuses[what] = (statuses[what] ?? 0) + 1
  }
  const startedMs = performance.now()

  async function lane(): Promise<void> {
    while (next < first + cases && faults.length < mostFaults) {
      if (crash.aborted) return
      signal.throwIfAborted()
      const number = next++
      const one = caseOf(number, source)
      const outcome = await performCase(one, { ...options, bikeIds, token: tokens[number % senders] ?? '' })
      done += 1
      byName[one.name] = (byName[one.name] ?? 0) + 1
      for (const status of outcome.statuses) note(status)
      acceptedTracks += outcome.acceptedTracks
      if (outcome.fault !== undefined) {
        faults.push({ number, name: one.name, what: outcome.fault })
        onProgress(`case ${number} (${one.name}): ${outcome.fault.slice(0, 500)}`)
      }
    }
  }

  const sampling = setInterval(() => memory.push(residentMiB(pid) ?? 0), sampleMemoryEveryMs)
  const telling = setInterval(
    () => onProgress(`${done} of ${cases} cases, edge at ${memory.at(-1)?.toFixed(0)} MiB`),
    tellEveryMs,
  )
  try {
    await Promise.all(Array.from({ length: connections }, lane))
  } finally {
    clearInterval(sampling)
    clearInterval(telling)
  }
  const seconds = (performance.now() - startedMs) / 1_000
  return { cases: done, seconds, statuses, byName, faults, acceptedTracks, memory: memoryUse(memory) }
}

interface Outcome {
  readonly statuses: readonly (number | string)[]
  readonly acceptedTracks: number
  readonly fault?: string
}

async function performCase(
  one: FuzzCase,
  { transport, bikeIds, token }: Sending & { bikeIds: ReadonlySet<string>; token: string },
): Promise<Outcome> {
  if (one.kind === 'record') {
    const fault = recordFault(one.record, one.bytes)
    return { statuses: ['codec only'], acceptedTracks: 0, ...(fault !== undefined && { fault }) }
  }
  if (one.kind === 'bare') {
    const statuses = await transport.sendBare(one.bytes)
    const worst = statuses.find((status) => status >= 500)
    return { statuses, acceptedTracks: 0, ...(worst !== undefined && { fault: `answered ${worst}` }) }
  }
  const { head, packed, isCut } = one
  const headers = {
    authorization: `Bearer ${token}`,
    ...(packed.encoding !== undefined && { 'content-encoding': packed.encoding }),
    ...head.headers,
  }
  const send = () => transport.send({ head: { ...head, headers }, body: packed.body, isCut })
  let answer = await send()
  // A kept connection may end just when it is used again: that is HTTP's fault, and clients send again.
  if (answer.kind === 'none' && !isCut) answer = await send()
  const judgement = judgeAnswer(one, answer, bikeIds)
  if (judgement.kind === 'good') {
    const { status, acceptedTracks } = judgement
    return { statuses: [status === 0 ? 'cut' : status], acceptedTracks }
  }
  const statuses = answer.kind === 'answer' ? [answer.status] : ['none']
  return { statuses, acceptedTracks: 0, ...(judgement.kind === 'fault' && { fault: judgement.what }) }
}

/** What was accepted is there, and everything that is there can be read by who comes next. */
async function checkRaw({ brokers, namespace }: FuzzOptions) {
  let rawTracks = 0
  const unreadable: string[] = []
  for await (const { value } of readTopic({ brokers, topic: topicName(namespace, 'telemetry.raw') })) {
    rawTracks += 1
    const arrival = readArrival(value ?? new Uint8Array())
    if (arrival.kind !== 'track') unreadable.push(arrival.detail)
    else if (arrival.arrived.raw.samples !== arrival.arrived.track.timesMs.length) {
      unreadable.push(
        `a record of ${arrival.arrived.raw.samples} samples has ${arrival.arrived.track.timesMs.length}`,
      )
    }
  }
  return { rawTracks, unreadable: unreadable.slice(0, mostFaults) }
}
