// Modules into the queues, and the queues into Kafka: each against the bare client's ceiling in the same run.
import { openTestPlatform } from '../testkit/platform/platform.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { backlog, type DrainRate, type DrainRates, measureDraining } from './devices-drain.ts'
import { measurePublishing, type PublishRates, publishing } from './devices-publish.ts'
import type { Bench, BenchResult, Goal } from './report.ts'

const goalShare = 0.8

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const platform = await openTestPlatform({
      engines,
      services: ['gatekeeper', 'devices'],
      onProgress: progress,
    })
    try {
      platform.services.devices.kill('SIGTERM')
      const published = await measurePublishing(platform, progress)
      return report(published, await measureDraining(platform, progress))
    } finally {
      await platform.close()
    }
  })

function report(published: PublishRates, drained: DrainRates): BenchResult {
  const ours = Math.max(...published.ours)
  const bare = Math.max(...published.bare)
  const row = (what: string, perSecond: number, cpu?: DrainRate) => ({
    what,
    'messages/s': Math.round(perSecond),
    'CPU s per million': cpu === undefined ? '–' : cpu.cpuSecondsPerMillion.toFixed(1),
  })
  const { records } = drained
  const [worker, toKafka, thrownAway] = [
    fastest(drained.worker),
    fastest(drained.toKafka),
    fastest(drained.thrownAway),
  ]
  return {
    title:
      `${publishing.modules} modules × ${publishing.window} in flight, QoS 1 over TLS; ` +
      `backlog of ${backlog.messages.toLocaleString('en')} tracks of ${backlog.samplesPerTrack} samples`,
    rows: [
      row('modules → queues of the ours', ours),
      row('modules → plain quorum queues, no authorisation', bare),
      row('queues → Kafka, devices worker', worker.messagesPerSecond, worker),
      row('queues → Kafka, bare clients, as many bytes', toKafka.messagesPerSecond, toKafka),
      row('queues → nowhere, bare client', thrownAway.messagesPerSecond, thrownAway),
    ],
    goals: [
      share('publishes into the queues, of the bare clients’', ours / bare),
      share('queues to Kafka, of the bare clients’', worker.messagesPerSecond / toKafka.messagesPerSecond),
      {
        what: 'backlog: tracks in Kafka, different ones among them',
        goal: `${backlog.messages} of each`,
        measured: `${records.all}, ${records.distinct}`,
        reached: records.all === backlog.messages && records.distinct === backlog.messages,
      },
    ],
    figures: { publishing, backlog, published, drained },
  }
}

function fastest(rounds: readonly DrainRate[]): DrainRate {
  return rounds.reduce((a, b) => (a.messagesPerSecond > b.messagesPerSecond ? a : b))
}

function share(what: string, measured: number): Goal {
  const percent = (part: number) => `${Math.round(100 * part)} %`
  return {
    what,
    goal: `≥ ${percent(goalShare)}`,
    measured: percent(measured),
    reached: measured >= goalShare,
  }
}
