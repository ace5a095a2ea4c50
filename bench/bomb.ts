// What a decompression bomb of 10 GB costs an edge: how soon it is refused, and how much memory it takes until then.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import { deleteTopics, ensureTopics } from '../core/engines/kafka/topics.ts'
import { startTestIssuer } from '../edge/testing/issuer.ts'
import { limits } from '../proto/index.ts'
import { startServerProcess, untilReady } from '../testkit/server-process.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { unlimited } from './edge-uploads.ts'
import { processPeakMiB } from './process-cpu.ts'
import { type Bench, quantile } from './report.ts'

const mebibyte = 1024 ** 2
const repeats = 50
const answerBoundMs = 10_000
const goals = { answerMs: 100, growthMiB: 50 } as const

export const run: Bench = ({ progress }) =>
  withEngines(progress, async ({ KAFKA_BROKERS = '' }) => {
    progress('compressing 11 GB of zeros')
    const bombs: Bomb[] = [
      await makeBomb('br', 10_000),
      // More zeros than these, in gzip, are refused by the length of the body.
      await makeBomb('gzip', 1_000),
    ]
    const brokers = KAFKA_BROKERS.split(',')
    const namespace = `bench_${Date.now().toString(36)}`
    await ensureTopics({ brokers, namespace })
    const issuer = await startTestIssuer()
    const token = await issuer.token({ subject: 'rider', bikes: [randomUUID()] })
    const edge = await startServerProcess({
      args: [fileURLToPath(new URL('../edge/entry/node.ts', import.meta.url))],
      env: { ...issuer.env, ...unlimited, KAFKA_BROKERS, NAMESPACE: namespace },
    })
    try {
      await untilReady(edge)
      const send = (bomb: Bomb) => refusalMs(edge.url, token, bomb)
      for (let i = 0; i < 200; i++) await send(small)
      const rows = []
      for (const bomb of bombs) {
        progress(`${repeats} bombs in ${bomb.encoding}`)
        const beforeMiB = processPeakMiB(edge.pid)
        const took: number[] = []
        for (let i = 0; i < repeats; i++) took.push(await send(bomb))
        const growthMiB = processPeakMiB(edge.pid) - beforeMiB
        rows.push({
          encoding: bomb.encoding,
          'decompressed MB': Math.round((bomb.mebibytes * mebibyte) / 1e6),
          'body bytes': bomb.body.length,
          'median ms': quantile(took, 0.5),
          'longest ms': Math.max(...took),
          'peak grew MiB': growthMiB,
        })
      }
      const longestMs = rows[0]?.['longest ms'] ?? Number.NaN
      const growthMiB = Math.max(...rows.map((row) => row['peak grew MiB']))
      return {
        title: `zeros beyond the limit, in Brotli and in gzip, each refused with 413 (${repeats} times)`,
        rows,
        goals: [
          {
            what: '10 GB refused within, longest of all',
            goal: `≤ ${goals.answerMs} ms`,
            measured: `${longestMs.toFixed(1)} ms`,
            reached: longestMs <= goals.answerMs,
          },
          {
            what: 'growth of the most memory that the edge has had',
            goal: `< ${goals.growthMiB} MiB`,
            measured: `${growthMiB.toFixed(1)} MiB`,
            reached: growthMiB < goals.growthMiB,
          },
        ],
        figures: { longestMs, growthMiB },
      }
    } finally {
      await edge.stop()
      issuer.close()
      await deleteTopics({ brokers, namespace })
    }
  })

interface Bomb {
  readonly encoding: 'br' | 'gzip'
  readonly mebibytes: number
  readonly body: Uint8Array<ArrayBuffer>
}

/** Warms the edge up, and is refused in the same way. */
const small: Bomb = await makeBomb('gzip', Math.ceil(limits.decompressedBytes / mebibyte) + 1)

/** That many MiB of zeros, never all of them in memory. */
async function makeBomb(encoding: Bomb['encoding'], mebibytes: number): Promise<Bomb> {
  const compressor =
    encoding === 'br'
      ? createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
      : createGzip({ level: 9 })
  const chunks: Buffer[] = []
  compressor.on('data', (chunk: Buffer) => chunks.push(chunk))
  const zeros = new Uint8Array(mebibyte)
  for (let i = 0; i < mebibytes; i++) if (!compressor.write(zeros)) await once(compressor, 'drain')
  compressor.end()
  await once(compressor, 'end')
  return { encoding, mebibytes, body: Uint8Array.from(Buffer.concat(chunks)) }
}

/** Time until the answer, which must be 413. */
async function refusalMs(url: string, token: string, { encoding, body }: Bomb): Promise<number> {
  const sentMs = performance.now()
  const response = await fetch(`${url}/v1/telemetry`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-protobuf',
      'content-encoding': encoding,
    },
    body,
    signal: AbortSignal.timeout(answerBoundMs),
  })
  await response.arrayBuffer()
  const tookMs = performance.now() - sentMs
  if (response.status !== 413) throw new Error(`a bomb in ${encoding} was answered with ${response.status}`)
  return tookMs
}
