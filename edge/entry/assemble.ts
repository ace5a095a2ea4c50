// Puts an edge together from its configuration; what differs between runtimes comes from the entries.
import { uuidV7Bytes } from '../../proto/index.ts'
import { createApp, type Edge } from '../app.ts'
import { type EdgeConfig, edgeLimits } from '../config.ts'
import { decompress } from '../decompress.ts'
import { createForward, type Forward } from '../forward/client.ts'
import type { Clock, CreateMetrics, EdgeDeps, Log, Publish } from '../ports.ts'
import { remoteKeys } from '../tokens/access-token.ts'
import { createTokenVerifier } from '../tokens/verifier.ts'

interface Surroundings {
  readonly config: EdgeConfig
  readonly publisher: { readonly publish: Publish; trouble(): string | undefined }
  readonly connectionAddress: EdgeDeps['connectionAddress']
  readonly draining: () => boolean
  readonly log: Log
  readonly metrics: CreateMetrics
}

/** The clocks that every runtime has. */
const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }

export function assembleEdge(surroundings: Surroundings): Edge {
  const { config, publisher, connectionAddress, draining, log } = surroundings
  const limits = edgeLimits(config)
  const metrics = surroundings.metrics({
    inFlightBytes: () => edge.inFlightBytes(),
    inFlightUploads: () => edge.inFlightUploads(),
    maxInFlightBytes: limits.inFlightBytes,
    isReady: () => publisher.trouble() === undefined,
  })
  const edge: Edge = createApp({
    verifyToken: createTokenVerifier({
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
      keys: remoteKeys(config.JWKS_URL),
      maxLifetimeS: config.TOKEN_MAX_LIFETIME_S,
      clock,
    }),
    decompress,
    publish: publisher.publish,
    trouble: publisher.trouble,
    draining,
    connectionAddress,
    trustedProxies: config.TRUSTED_PROXIES,
    limits,
    clock,
    newTrackId: uuidV7Bytes,
    metrics,
    exposeMetrics: metrics.expose,
    log,
    forwardSecret: config.KAFKA_BROKERS === undefined ? undefined : config.FORWARD_SECRET,
  })
  return edge
}

/** The way to Kafka through another edge. `config` has been checked to name that edge and the secret. */
export function forwardOf({ FORWARD_URL, FORWARD_SECRET }: EdgeConfig): Forward {
  return createForward({ url: FORWARD_URL ?? '', secret: FORWARD_SECRET ?? '', clock })
}
