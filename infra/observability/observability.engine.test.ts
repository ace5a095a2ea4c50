// A real Prometheus scrapes a platform that a rider and a module use, and has series for every query.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { startBroker, type TestBroker } from '../../testkit/broker.ts'
import { freePorts } from '../../testkit/free-ports.ts'
import { newModule } from '../../testkit/platform/modules.ts'
import { until, untilBooked } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type TestPlatform } from '../../testkit/platform/platform.ts'
import { rideTrack } from '../../testkit/platform/rides.ts'
import { type ManagedProcess, startProcess } from '../local/managed-process.ts'
import { alarms, recordings } from './alarms.ts'
import { allQueries } from './dashboards.ts'
import { findPrometheus } from './prometheus.ts'
import { prometheusRules } from './rules.ts'

const patience = { timeout: 300_000 }
const dir = mkdtempSync(join(tmpdir(), 'prometheus-'))
let broker: TestBroker
let platform: TestPlatform
let prometheus: ManagedProcess

afterAll(async () => {
  await prometheus?.stop()
  await platform?.close()
  await broker?.stop()
  rmSync(dir, { recursive: true })
})

/** Asks every two seconds; rules are as in production but for their intervals. */
async function startPrometheus(targets: Readonly<Record<string, string>>): Promise<string> {
  const { prometheus: command } = await findPrometheus(() => undefined)
  const { port } = await freePorts('port')
  const rules = JSON.stringify(prometheusRules('https://example.invalid')).replaceAll(
    '"interval":"1m"',
    '"interval":"2s"',
  )
  writeFileSync(join(dir, 'rules.json'), rules)
  const config = {
    global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '2s' },
    rule_files: ['rules.json'],
    scrape_configs: Object.entries(targets).map(([job, url]) => ({
      job_name: job,
      static_configs: [{ targets: [new URL(url).host] }],
    })),
  }
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify(config))
  const url = `http://127.0.0.1:${port}`
  const args = [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`]
  prometheus = startProcess(
    {
      ...{ name: 'prometheus', command, port, logFile: join(dir, 'log') },
      args: [...args, `--web.listen-address=127.0.0.1:${port}`],
      isReady: async () => (await fetch(`${url}/-/ready`)).ok,
      ...{ readyWithinMs: 60_000, stopWithinMs: 10_000 },
    },
    () => undefined,
  )
  await prometheus.waitUntilReady()
  return url
}

async function ask(url: string, query: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
  const answer = (await response.json()) as { status: string; error?: string; data?: { result: unknown[] } }
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`)
  return answer.data?.result.length ?? 0
}

test('every query has series on a platform that is used', { timeout: 600_000 }, async () => {
  broker = await startBroker()
  const engines = { ...inject('engines'), ...broker.env }
  platform = await openTestPlatform({ engines, together: true, onProgress: () => undefined })
  const { env } = platform
  const url = await startPrometheus({ edge: env.EDGE_ADMIN_URL ?? '', core: env.API_ADMIN_URL ?? '' })
  const rider = await platform.newRider({ bikes: 1, consents: true })
  const [bikeId = ''] = rider.bikeIds
  const module = await newModule(platform, { bikeId, seed: 1 })
  module.ride(5)
  module.wake()
  await until('the module has sent its ride', async () => module.module().outbox.entries().length === 0)
  await module.sleep()
  await platform.upload(rider, [
    rideTrack({ bikeId, recorderId: crypto.randomUUID(), startMs: Date.now() - 600_000, samples: 60 }),
  ])
  await untilBooked(platform, rider, { books: { 'search stored': 60, 'latest merged': 60 } })
  await fetch(`${env.API_URL}/v1/bikes/${bikeId}/latest`, {
    headers: { authorization: `Bearer ${rider.token}` },
  })

  const asked = [
    ...alarms.flatMap(({ conditions }) => conditions.map(({ value }) => value)),
    ...recordings.map(({ record }) => record),
    ...allQueries(),
  ]
  const without = async () => {
    const counts = await Promise.all(asked.map(async (query) => [query, await ask(url, query)] as const))
    return counts.filter(([, series]) => series === 0).map(([query]) => query)
  }
  // This platform has no repository of snapshots; core/telemetry/tiers/worker.test.ts has one.
  const ofSnapshots = asked.filter((query) => query.includes('telemetry_snapshot_age_seconds'))
  await expect.poll(without, { ...patience, interval: 2_000 }).toEqual(ofSnapshots)
})
