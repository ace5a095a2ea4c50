// CPU time of the engines of a benchmark, where they run on this machine.
import type { EngineAddresses } from '../testkit/with-engines.ts'
import { processListeningOn, processTreeCpuSeconds } from './process-cpu.ts'

const addresses = {
  kafka: 'KAFKA_BROKERS',
  elasticsearch: 'ELASTICSEARCH_URL',
  postgres: 'DATABASE_URL',
} as const

export type EngineName = keyof typeof addresses
export type EngineSeconds = Readonly<Record<EngineName, number>>

/** Returns the function that tells the seconds used so far; NaN for an engine that is not ours to see. */
export function watchEngines(engines: EngineAddresses): () => EngineSeconds {
  const pidOf = (name: EngineName) => {
    const port = /:(\d+)(?=[/,?]|$)/.exec(engines[addresses[name]] ?? '')?.[1]
    return port === undefined ? undefined : processListeningOn(Number(port))
  }
  const pids = { kafka: pidOf('kafka'), elasticsearch: pidOf('elasticsearch'), postgres: pidOf('postgres') }
  const secondsOf = (pid: number | undefined) => (pid === undefined ? Number.NaN : processTreeCpuSeconds(pid))
  return () => ({
    kafka: secondsOf(pids.kafka),
    elasticsearch: secondsOf(pids.elasticsearch),
    postgres: secondsOf(pids.postgres),
  })
}

export function differenceOf(after: EngineSeconds, before: EngineSeconds): EngineSeconds {
  return {
    kafka: after.kafka - before.kafka,
    elasticsearch: after.elasticsearch - before.elasticsearch,
    postgres: after.postgres - before.postgres,
  }
}
