// The service api, put together.

import { remoteKeys } from '../../edge/tokens/access-token.ts'
import { presenceOfBike } from '../devices/presence/plan.ts'
import { openTelemetryReader } from '../engines/elasticsearch/reader.ts'
import { openProducer } from '../engines/kafka/producer.ts'
import { openPostgres } from '../engines/postgres/client/connect.ts'
import { openNotifications } from '../engines/postgres/client/notifications.ts'
import { changedChannel } from '../engines/postgres/devices/command-store.ts'
import { createCohortReader } from '../engines/postgres/fleet/field-error-reader.ts'
import { createPartnerStore } from '../engines/postgres/fleet/partner-store.ts'
import { createAccessStore } from '../engines/postgres/research/access-store.ts'
import { createLiveStore } from '../engines/postgres/riders/live-store.ts'
import { createApiDoor } from '../fleet/intake/api-door.ts'
import { readSealing } from '../fleet/partners/key-file.ts'
import { createResearchAccess } from '../research/access/access.ts'
import { readKeyPolicy } from '../research/access/keys.ts'
import { createLive } from '../riders/live/look-again.ts'
import { certificateContent, signCertificate } from '../riders/own-data/erasure/certificate.ts'
import { createDueErasures } from '../riders/own-data/erasure/due.ts'
import { createElapse } from '../riders/ownership/elapse.ts'
import type { Service } from '../runtime/service.ts'
import type { ScopeOf } from '../services.ts'
import { createAccessRetention } from '../staff/access-log/retention.ts'
import { createApprovalSweep } from '../staff/approvals/sweep.ts'
import { createApi } from './app.ts'
import { createAuthenticate } from './authenticate.ts'
import { createApiMetrics } from './metrics.ts'
import { createApiStores } from './stores.ts'

/** Field errors of a year take their time, and hold up nobody else. */
const analysis = { purpose: 'analysis', statementTimeoutMs: 120_000 }

export function createService(scope: ScopeOf<'api'>): Service {
  const { config, log, stopping } = scope
  const sql = openPostgres(scope)
  const changes = openNotifications(scope, { channel: changedChannel })
  const { readSamples, sampleMonthsOf, ping } = openTelemetryReader(scope)
  const stores = createApiStores(sql)
  const live = createLive({ store: createLiveStore(sql, { presenceOf: presenceOfBike }), log })
  const sealing = readSealing(config.STATEMENT_SEAL_KEY_FILE, config.STATEMENT_AUDIENCE)
  const metrics = createApiMetrics()
  scope.expose(metrics.registry)
  const producer = openProducer(scope)
  // Only samples are read there; only statements of partners are written there.
  scope.watch('Elasticsearch', ping, 'partly')
  scope.watch('Kafka', producer.ping, 'partly')
  const api = createApi({
    authenticate: createAuthenticate({
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
      keys: remoteKeys(config.JWKS_URL),
      maxLifetimeS: config.TOKEN_MAX_LIFETIME_S,
    }),
    limits: {
      failedTokensPerAddress: config.API_FAILED_TOKENS_PER_ADDRESS,
      requestsPerCaller: config.API_RATE_PER_CALLER,
      inFlight: config.API_MAX_IN_FLIGHT,
      inFlightPerCaller: config.API_MAX_IN_FLIGHT_PER_CALLER,
    },
    stores: {
      ...stores,
      ...createCohortReader(openPostgres(scope, analysis)),
      readSamples,
      sampleMonthsOf,
      live,
      watchCommand: changes.watch,
      researchers: createResearchAccess({
        store: createAccessStore(sql),
        policy: readKeyPolicy(config.RESEARCH_URL, config.RESEARCH_KEY_MODELS_FILE),
      }),
      takeStatements: createApiDoor({
        partners: createPartnerStore(sql),
        producer,
        topic: scope.topic('manufacturing.events'),
        sealing,
      }),
      certify: (finished) => signCertificate(certificateContent(finished), sealing),
    },
    ...{ metrics, log, stopping, trustedProxies: config.TRUSTED_PROXIES },
  })
  return {
    loops: [
      createElapse({ ownership: stores.ownership, log }),
      live.loop,
      createDueErasures({ erasures: stores.erasures, erase: stores.eraseRider, log }),
      createAccessRetention({ accesses: stores.accesses, log }),
      createApprovalSweep({
        ...{ approvals: stores.approvals, proposals: stores.proposals, waiting: metrics.proposalsWait, log },
      }),
    ],
    fetch: api.fetch,
  }
}
