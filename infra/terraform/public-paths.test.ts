// The load balancer passes what the contracts describe, and nothing else: generated/public-paths.json is made from them by this test
// (`npx vitest run --project unit infra/terraform -u`).
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createApi } from '../../core/api/app.ts'
import { createApiMetrics } from '../../core/api/metrics.ts'
import type { ApiStores } from '../../core/api/port.ts'
import { authenticateByName } from '../../core/api/testing/callers.ts'
import { edgeLimits, readConfig } from '../../edge/config.ts'
import { describeApi } from '../../edge/openapi/document.ts'

const nobody = (): unknown => new Proxy(() => undefined, { get: nobody })

const api = createApi({
  authenticate: authenticateByName,
  stores: new Proxy({}, { get: nobody }) as ApiStores,
  metrics: createApiMetrics(),
  log: pino({ level: 'silent' }),
  stopping: new AbortController().signal,
})

/** `/v1/bikes/{id}/latest` is `/v1/bikes/＊/latest` in the words of the load balancer. */
const patternsOf = (paths: readonly string[]) =>
  [...new Set(paths.map((path) => path.replaceAll(/\{\w+\}/g, '*')))].sort()

const given = {
  KAFKA_BROKERS: '127.0.0.1:1',
  JWKS_URL: 'http://127.0.0.1:1',
  JWT_ISSUER: 'i',
  JWT_AUDIENCE: 'a',
}
const ofEdge = describeApi(edgeLimits(readConfig(given))) as { paths: Record<string, unknown> }

const ofApi = api.openAPIRegistry.definitions.flatMap((each) =>
  each.type === 'route' ? [each.route.path] : [],
)

test('the paths that the load balancer passes are those of the contracts', async () => {
  const paths = { edge: patternsOf(Object.keys(ofEdge.paths)), api: patternsOf(ofApi) }
  expect(paths.edge).toEqual(['/v1/telemetry'])
  expect(paths.api.length).toBeGreaterThan(50)
  await expect(`${JSON.stringify(paths, undefined, 2)}\n`).toMatchFileSnapshot('generated/public-paths.json')
})
