import { expect, test } from 'vitest'
import { services } from '../../core/services.ts'
import { type KubernetesObject, layoutFaults, podFaults, secretsOf } from './faults.ts'

type Changes = { args?: string[]; seconds?: number; pod?: object; container?: object }

function deployment(
  name: string,
  { args = [], seconds = 30, pod, container }: Changes = {},
): KubernetesObject {
  return {
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: seconds,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              args,
              ...{ startupProbe: {}, livenessProbe: {}, readinessProbe: {} },
              resources: { limits: { memory: '384Mi' }, requests: { cpu: '100m' } },
              securityContext: {
                readOnlyRootFilesystem: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
              },
              ...container,
            },
          ],
          volumes: [{ secret: { secretName: name } }],
          ...pod,
        },
      },
    },
  }
}

const budget = (app: string): KubernetesObject => ({
  kind: 'PodDisruptionBudget',
  metadata: { name: app },
  spec: { selector: { matchLabels: { app } } },
})
const service = (name: string): KubernetesObject => ({ kind: 'Service', metadata: { name } })
const settings: KubernetesObject = {
  kind: 'ConfigMap',
  metadata: { name: 'settings-abc' },
  data: {
    ...{ KAFKA_BROKERS: 'kafka:9096', KAFKA_PASSWORD_FILE: '/run/secrets/kafka-password' },
    ...{ ELASTICSEARCH_URL: 'https://search:9200', STATEMENT_AUDIENCE: 'example' },
    ...{ JWKS_URL: 'https://login/jwks.json', JWT_ISSUER: 'login', JWT_AUDIENCE: 'cloud' },
    ...{
      API_URL: 'http://api',
      CONSOLE_URL: 'https://bikes',
      OIDC_ISSUER_URL: 'https://login',
      OIDC_CLIENT_ID: 'console',
    },
    ...{ STATEMENT_SEAL_KEY_FILE: '/run/secrets/seal.pem', COMMAND_SIGNING_KEY_FILE: '/run/secrets/key.pem' },
    ...{ COMMAND_SIGNING_CERTIFICATE_FILE: '/run/secrets/commands.pem' },
    COMMAND_SIGNING_PASSPHRASE_FILE: '/run/secrets/passphrase',
    TOMBSTONE_KEY_FILE: '/run/secrets/tombstone-key',
  },
}
const all = deployment('core', { args: ['core/main.ts', 'all'] })
const rest = [
  budget('core'),
  service('api'),
  service('console'),
  service('gatekeeper'),
  service('research-gateway'),
  settings,
]

test('a layout that keeps all promises has no fault', () => {
  expect(layoutFaults([all, ...rest])).toEqual([])
  expect(podFaults([all, ...rest])).toEqual([])
})

test('each service runs in one Deployment', () => {
  const names = services.map(({ name }) => name).filter((name) => name !== 'rides')
  const most = deployment('core', { args: ['core/main.ts', ...names] })
  expect(layoutFaults([most, ...rest])).toEqual(['rides runs in 0 Deployments'])
  const more = deployment('more', { args: ['core/main.ts', 'rides', 'search'] })
  expect(layoutFaults([most, more, budget('more'), ...rest])).toEqual(['search runs in 2 Deployments'])
})

test('a service that there is not is an error', () => {
  const wrong = deployment('core', { args: ['core/main.ts', 'serach'] })
  expect(() => layoutFaults([wrong, ...rest])).toThrow('core runs serach, which are no services')
})

test.each([
  [
    'core is killed before it has drained',
    deployment('core', { args: ['core/main.ts', 'all'], seconds: 24 }),
  ],
  [
    'core has no readinessProbe',
    deployment('core', {
      args: ['core/main.ts', 'all'],
      container: { args: ['core/main.ts', 'all'], readinessProbe: undefined },
    }),
  ],
  [
    'core has the secrets of api',
    deployment('core', {
      args: ['core/main.ts', 'all'],
      pod: { volumes: [{ secret: { secretName: 'api' } }] },
    }),
  ],
])('%s', (fault, changed) => {
  expect(layoutFaults([changed, ...rest])).toEqual([fault])
})

test.each([
  ['core has no PodDisruptionBudget', budget('core')],
  ['console has no Service', service('console')],
])('%s', (fault, missing) => {
  const others = rest.filter((object) => JSON.stringify(object) !== JSON.stringify(missing))
  expect(layoutFaults([all, ...others])).toEqual([fault])
})

test('settings that services need and that are no secrets are given', () => {
  const { JWT_AUDIENCE: _, ...data } = settings.data ?? {}
  const others = rest.filter((object) => object !== settings)
  expect(layoutFaults([all, ...others, { ...settings, data }])).toEqual(['settings.env lacks JWT_AUDIENCE'])
})

test.each<[string, Changes]>([
  ['shows its account to its process', { pod: { automountServiceAccountToken: true } }],
  ['takes variables of Kubernetes for settings', { pod: { enableServiceLinks: undefined } }],
  ['may run as root', { pod: { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } } }],
  ['may call all of the kernel', { pod: { securityContext: { runAsNonRoot: true } } }],
  ['has no memory limit', { container: { resources: { requests: { cpu: '1' } } } }],
  ['asks for no CPU', { container: { resources: { limits: { memory: '1Gi' } } } }],
])('a pod that %s is a fault', (fault, changes) => {
  expect(podFaults([deployment('core', changes)])).toEqual([`core ${fault}`])
})

test('a container without any restriction has all three faults', () => {
  expect(podFaults([deployment('core', { container: { securityContext: {} } })])).toEqual([
    'core writes its file system',
    'core may gain privileges',
    'core has capabilities',
  ])
})

test('the Secret of a process holds what its services read, and nothing else', () => {
  const console = deployment('console', { args: ['core/main.ts', 'console'] })
  const edge = deployment('edge', { args: ['edge/entry/node.ts'] })
  const gatekeeper = deployment('gatekeeper', { args: ['core/main.ts', 'gatekeeper'] })
  expect(secretsOf([console, edge, gatekeeper, settings])).toEqual([
    { name: 'console', environment: ['CONSOLE_SESSION_SECRET', 'OIDC_CLIENT_SECRET?'], files: [] },
    { name: 'edge', environment: ['KAFKA_USERNAME'], files: ['kafka-password'] },
    { name: 'gatekeeper', environment: ['DATABASE_URL'], files: [] },
  ])
})
