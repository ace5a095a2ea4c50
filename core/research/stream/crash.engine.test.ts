import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestBench, january, stored, type TestBench } from '../../../testkit/research-stream.ts'
import { coreArgs } from '../../../testkit/service-process.ts'
import { createConsentStore } from '../../engines/postgres/riders/consent-store.ts'
import { grantConsent } from '../../riders/consent/consents.ts'

let bench: TestBench
const processes = new Set<ChildProcess>()
beforeAll(async () => {
  bench = await createTestBench()
})
afterAll(async () => {
  await Promise.all([...processes].map(kill))
  await bench.close()
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A process at the same port is the same writer to Kafka, and ends what the killed one left open. */
function start(port: number): ChildProcess {
  const child = spawn(process.execPath, coreArgs('analytics'), {
    stdio: 'ignore',
    env: {
      NAMESPACE: bench.namespace,
      PORT: String(port),
      LOG_LEVEL: 'silent',
      KAFKA_BROKERS: bench.brokers.join(','),
      DATABASE_URL: bench.database.url,
    },
  })
  processes.add(child)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  processes.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

const tracks = 2_000
const samplesPerTrack = 20
// With a tenth of a core a process takes 70 s until its first batch, and as long again when it takes over from one that was killed.
const patience = { timeout: 300_000, interval: 100 }

async function progressBeyond(records: number): Promise<void> {
  await expect.poll(bench.progress, patience).toBeGreaterThan(records)
}

test('processes killed in the middle of their batches lose nothing and deliver nothing twice', async () => {
  await grantConsent(createConsentStore(bench.sql), {
    riderId: 'anna',
    purpose: 'research',
    by: 'rider',
    from: new Date(january),
  })
  const records = Array.from({ length: tracks }, (_, i) =>
    stored({ riderId: 'anna', length: samplesPerTrack, firstOdometerM: i * samplesPerTrack }),
  )
  await bench.send(records)
  const [onePort, otherPort] = [await freePort(), await freePort()]
  const first = start(onePort)
  const second = start(otherPort)
  await progressBeyond(40)
  await kill(first)
  const third = start(onePort)
  await progressBeyond(700)
  await kill(second)
  await expect.poll(bench.progress, patience).toBe(tracks)
  await kill(third)
  const odometers = (await bench.delivered()).map(({ values }) => values.odometer_m)
  expect(odometers.length).toBe(tracks * samplesPerTrack)
  expect(new Set(odometers).size).toBe(tracks * samplesPerTrack)
}, 960_000)
