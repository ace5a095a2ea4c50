// The edge on workerd: no sockets to Kafka, so tracks go to another edge by HTTP. Settings are the worker's bindings.
import type { Edge } from '../app.ts'
import { readConfig } from '../config.ts'
import { createPlainMetrics } from '../metrics/plain.ts'
import type { Log } from '../ports.ts'
import { assembleEdge, forwardOf } from './assemble.ts'

const log: Log = {
  info: (facts, message) => console.log(line('info', facts, message)),
  warn: (facts, message) => console.warn(line('warn', facts, message)),
  error: (facts, message) => console.error(line('error', facts, message)),
}

function line(level: string, facts: object, message: string): string {
  const { err, ...rest } = facts as { err?: unknown }
  return JSON.stringify({ level, ...rest, ...(err !== undefined && { err: String(err) }), msg: message })
}

let edge: Edge | undefined

function createEdge(bindings: Readonly<Record<string, unknown>>): Edge {
  const config = readConfig(bindings)
  return assembleEdge({
    config,
    publisher: forwardOf(config),
    metrics: createPlainMetrics,
    // workerd tells nothing about a connection.
    connectionAddress: (request) =>
      (config.ADDRESS_HEADER && request.headers.get(config.ADDRESS_HEADER)) ?? '',
    draining: () => false,
    log,
  })
}

const edgeOf = (bindings: Readonly<Record<string, unknown>>): Edge => {
  edge ??= createEdge(bindings)
  return edge
}

// workerd asks for a default export, and hands over the bindings with the first request.
export default {
  fetch: (request: Request, bindings: Readonly<Record<string, unknown>>): Promise<Response> =>
    edgeOf(bindings).fetch(request, bindings),
}

/** For a socket of its own: health and metrics. */
export const admin = {
  fetch: (request: Request, bindings: Readonly<Record<string, unknown>>): Promise<Response> =>
    edgeOf(bindings).adminFetch(request),
}
