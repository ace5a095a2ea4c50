// The frame of every worker process: health and metrics endpoint, signals, orderly end.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { WorkerMetrics } from './metrics.ts'

export interface WorkerFrame {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly log: Logger
  readonly metrics: WorkerMetrics
  /** Does the work until `signal` aborts, then finishes the batch at hand, commits and returns. */
  run(signal: AbortSignal): Promise<void>
  /** Why the worker cannot work at the moment; undefined when it can. */
  trouble(): string | undefined
  /** Closes the engines' clients; called once after `run`. */
  close(): Promise<void>
}

const shutdownBoundMs = 20_000

/** Runs a worker until SIGTERM or SIGINT. The process ends with 0 after an orderly end, with 1 after a failure. */
export async function runWorker(frame: WorkerFrame): Promise<void> {
  const { log } = frame
  const stop = new AbortController()
  const server = createServer(async (request, response) => {
    const trouble = frame.trouble()
    if (request.url === '/healthz') response.end('ok\n')
    else if (request.url === '/readyz') {
      response.statusCode = trouble === undefined ? 200 : 503
      response.end(`${trouble ?? 'ready'}\n`)
    } else if (request.url === '/metrics') {
      response.setHeader('content-type', frame.metrics.registry.contentType)
      response.end(await frame.metrics.registry.metrics())
    } else {
      response.statusCode = 404
      response.end('not found\n')
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(frame.port, frame.host, resolve)
  })
  log.info({ port: (server.address() as AddressInfo).port }, 'listening')
  const end = (cause: string) => {
    if (stop.signal.aborted) return
    log.info({ cause }, 'stopping')
    stop.abort()
    setTimeout(() => {
      log.error('not stopped within its time')
      process.exit(1)
    }, shutdownBoundMs).unref()
  }
  process.once('SIGTERM', () => end('SIGTERM'))
  process.once('SIGINT', () => end('SIGINT'))
  try {
    await frame.run(stop.signal)
  } catch (error) {
    log.fatal({ err: error }, 'failed')
    process.exitCode = 1
  } finally {
    await frame.close().catch((error: unknown) => log.error({ err: error }, 'closing failed'))
    server.close()
    server.closeAllConnections()
  }
  log.info('stopped')
}
