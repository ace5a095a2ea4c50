// What Node, Deno and Bun share: settings from the environment, a log, the way to Kafka, and the orderly end of the process.
import { readFileSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import { ConfigurationError, takenPort } from '../../core/runtime/transport.ts'
import type { Edge } from '../app.ts'
import { type EdgeConfig, rawTopic, readConfig } from '../config.ts'
import { createKafkaPublisher, type KafkaPublisher, type KafkaSecurity } from '../kafka/publisher.ts'
import { createPrometheusMetrics } from '../metrics/prometheus.ts'
import type { EdgeDeps, Log } from '../ports.ts'
import { assembleEdge, forwardOf } from './assemble.ts'

/** The differences between these runtimes. */
interface Server {
  readonly connectionAddress: EdgeDeps['connectionAddress']
  /** Takes no new connections; resolves when the requests at hand are answered. */
  close(): Promise<unknown>
}

/** An edge that is not ready any more from the first SIGTERM or SIGINT on, and then ends the process. */
export function assembleProcess(server: Server): { config: EdgeConfig; log: Logger; edge: Edge } {
  const config = configOrEnd()
  const log = pino({ name: 'edge', level: config.LOG_LEVEL })
  const publisher = createPublisher(config, log)
  const draining = endOnSignal({
    log,
    delayMs: config.DRAIN_DELAY_MS,
    boundMs: config.DRAIN_TIMEOUT_MS,
    closeServer: server.close,
    closePublisher: publisher.close,
  })
  const metrics = createPrometheusMetrics
  const { connectionAddress } = server
  return { config, log, edge: assembleEdge({ config, publisher, metrics, connectionAddress, draining, log }) }
}

function createPublisher(config: EdgeConfig, log: Log): KafkaPublisher {
  const { KAFKA_BROKERS: brokers } = config
  return brokers === undefined
    ? { ...forwardOf(config), close: () => Promise.resolve() }
    : createKafkaPublisher({
        ...{ brokers, topic: rawTopic(config), clientId: 'edge', log },
        ...(config.KAFKA_SECURITY_PROTOCOL === 'SASL_SSL' && { security: securityOf(config) }),
      })
}

/** A new password needs no restart: its file is read at each connection. */
function securityOf({ KAFKA_CA_FILE, KAFKA_USERNAME, KAFKA_PASSWORD_FILE }: EdgeConfig): KafkaSecurity {
  return {
    ca: KAFKA_CA_FILE === undefined ? undefined : readFileSync(KAFKA_CA_FILE, 'utf8'),
    username: KAFKA_USERNAME ?? '',
    password: () => readFileSync(KAFKA_PASSWORD_FILE ?? '', 'utf8').trim(),
  }
}

/** Exit code 2 when the settings make no sense. */
function configOrEnd(): EdgeConfig {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    endOfSettings(error)
  }
}

/** Ends the process where the port that the setting names is taken; other errors are the caller's. */
export function endWhereTaken(error: Error, setting: 'PORT' | 'ADMIN_PORT'): void {
  const fault = takenPort(error, setting)
  if (fault instanceof ConfigurationError) endOfSettings(fault)
}

/** One line for people, and exit code 2. */
function endOfSettings({ message }: ConfigurationError): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

export interface Ending {
  readonly log: Log
  /** So long all goes on as before, but for readiness: whoever spreads requests has to notice. */
  readonly delayMs: number
  readonly boundMs: number
  closeServer(): Promise<unknown>
  /** Sends what waits and closes. */
  closePublisher(): Promise<void>
}

/** Ends the process on SIGTERM or SIGINT. The function that is returned tells whether that has begun. */
export function endOnSignal(ending: Ending): () => boolean {
  let draining = false
  async function end(signal: string): Promise<void> {
    if (draining) return
    draining = true
    ending.log.info({ signal }, 'draining')
    await new Promise((resolve) => setTimeout(resolve, ending.delayMs))
    await drain(ending)
    ending.log.info({}, 'stopped')
    process.exit(0)
  }
  // A second signal changes nothing: npx passes on the Ctrl-C that the terminal has sent us already.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal))
  return () => draining
}

/** Resolves within one bound for both: what has not been acknowledged by then is sent again by its client. */
export async function drain({
  log,
  boundMs,
  closeServer,
  closePublisher,
}: Omit<Ending, 'delayMs'>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(resolve, boundMs, 'late')
  const closed = closeServer().then(closePublisher)
  if ((await Promise.race([closed, late])) === 'late') log.warn({ boundMs }, 'drained too slowly')
  clearTimeout(timer)
}
