// Which file may import what; `npm run imports` holds it. An import that no row below lists is refused, and so are circles.
// A new folder of core/ begins with its own files, proto/, core/runtime/, core/topics.ts, the types of ports, and libraries
// that calculate. Its files are pure unless `acting` names them. Where it needs more, a row says so.
import type { IFlattenedRuleSet } from 'dependency-cruiser'

const re = String.raw

/** Tests, and what exists for tests only. */
const tests = re`\.test\.ts$|/testing/|fixtures?\.ts$|^test/`
const wings = 'devices|engines/postgres|engines|fleet|research|riders|staff|telemetry'
/** Captures the folder of core/ that a file belongs to: `core/api`, `core/fleet/review`. */
const room = `^(core/(?:(?:${wings})/[^/]+|(?!(?:${wings})/)[^/]+))/`

/** Put a service or a command together; only they know adapters, settings and the process. */
const composition = re`^core/(main|(?!runtime/|engines/).*/(service|command|stores))\.ts`
/** Read, write, wait or serve. Every other file of core/ is pure, such as plan.ts, port.ts, rules/ and *.model.ts. */
const acting = [
  composition,
  re`^core/.*/(worker|app|metrics|gauge|commit-metric)\.ts`,
  re`^core/api/((authenticate|doors|etag|guard)\.ts|.*(routes|events|event-stream)\.ts)`,
  re`^core/devices/(authority/(?!port|second-module)|bridge/quota\.ts|commands/(dispatcher|purge|settings-delivery|signing-key|sweep)|presence/(reconcile|revocations))`,
  re`^core/engines/(?!.*port\.ts|elasticsearch/(research-)?mapping\.ts|rabbitmq/(device-user|topology)\.ts)`,
  re`^core/fleet/(intake/(api-door|intake)|partners/key-file|publication/publication|review/command-request)\.ts`,
  re`^core/research/access/(access|keys|sessions)\.ts`,
  re`^core/riders/(live/look-again|own-data/(erasure/(certificate|due)|export/zip)|ownership/elapse)\.ts`,
  re`^core/provision/(?!broker-accounts|elasticsearch-roles|kafka-access|postgres-privileges)`,
  re`^core/staff/(access-log/retention|approvals/sweep)\.ts`,
  re`^core/runtime/(?!(digest|foreign-text|invalid-cursor|queue-age|transport)\.ts)`,
  re`^core/telemetry/(gaps/state-asker|ledger/settling|quarantine/parked|search/(chunks|store-chunk))\.ts`,
]

const npm = (names: string) => `node_modules/(${names})/`
const calculating = npm(
  '@bufbuild/protobuf|cdigit|csv-parse|fastest-levenshtein|lru-cache|luxon|ml-matrix|re2js|zod|cephes',
)
/** Modules of Node.js. */
const node = (names: string) => `^(node:)?(${names})$`
const anyNode = '^(node:)?[a-z0-9_/]+$'
const contract = '^proto/(index.ts|codec/(ids|claim-code|ride-id).ts|gen/)'

/** Files that match the first pattern may import those that match one of the second; $1 is what the first captured. */
type Row = readonly [from: string, to: string | string[]]

const rows: readonly Row[] = [
  // All of core/
  ['^core/', [contract, '^core/topics.ts', calculating, npm('pino|prom-client'), node('timers/promises')]],
  ['^core/', '^core/runtime/(?!config|process|settings|command-line/)'],
  [room, '^$1/'],
  [composition, ['^core/(engines|runtime)/', '^core/services.ts', npm('@hono/node-server'), anyNode]],

  // Rooms that know another one, or a library that acts
  ['^core/api/', npm('@hono/zod-openapi|hono|jose')],
  ['^core/(api/doors|devices/bridge/quota).ts', '^edge/limits/rates.ts'],
  ['^core/api/(authenticate|service).ts', '^edge/tokens/access-token.ts'],
  ['^core/api/', re`^core/devices/(commands/(action|life-cycle|request)|settings/(plan|port|values))\.ts`],
  ['^core/devices/commands/', '^core/devices/settings/'],
  ['^core/api/', re`^core/fleet/field-errors/(answer|chart|cohorts|field-errors|port|request)\.ts`],
  ['^core/api/', re`^core/(fleet/judging/(findings|port)|telemetry/(latest/state-groups|ledger/books))\.ts`],
  ['^core/api/', '^core/engines/elasticsearch/port.ts'],
  ['^core/api/', '^core/staff/approvals/(port|rules).ts'],
  ['^core/api/service.ts', '^core/staff/(access-log/retention|approvals/sweep).ts'],
  ['^core/(api/stores|fleet/(partners|review)/command).ts', '^core/staff/approvals/stores.ts'],
  ['^core/.*/command(-answers|-request)?.ts', '^core/staff/access-log/look.ts'],
  ['^core/(api/staff/|fleet/(partners/obey|review/command).ts)', '^core/fleet/retraction/proposals.ts'],
  [
    '^core/api/staff/',
    '^core/(fleet/(review/(proposal|shown)|statements/(statement-id|subjects))|staff/approvals/text).ts',
  ],
  [
    '^core/staff/approvals/stores.ts',
    [
      '^core/devices/authority/second-module.ts',
      '^core/fleet/(judging/rules/index|retraction/(proposals|retract)|review/(proposal|review)).ts',
      '^core/riders/(own-data/erasure/request|ownership/(case-proposals|ownership)).ts',
    ],
  ],
  [
    '^core/api/',
    '^core/riders/(consent/(consents|port)|estimates/(current-prior|duration|port|range|training-ride)|grants/port|own-data/.*|ownership/(port|case-proposals)|rides/(port|ride-id|totals|words)).ts',
  ],
  ['^core/riders/estimates/', '^core/riders/(consent/(port|rules)|rides/(notes-port|port|words)).ts'],
  [
    '^core/api/service.ts',
    ['^core/riders/(live/look-again|ownership/elapse).ts', '^core/devices/presence/plan.ts'],
  ],
  ['^core/api/stores.ts', '^core/devices/(commands/queue|presence/plan|settings/settings).ts'],
  ['^core/devices/', '^core/engines/rabbitmq/(device-user|topology).ts'],
  ['^core/devices/authority/', [npm('@peculiar/x509|reflect-metadata'), anyNode]],
  ['^core/devices/authority/command.ts', '^core/staff/approvals/approvals.ts'],
  ['^core/devices/authority/command-(folder|modules).ts', '^core/runtime/(config|command-line/)'],
  ['^core/devices/commands/signing-key.ts', ['^core/devices/authority/keys.ts', node('crypto|fs')]],
  ['^core/devices/gatekeeper/', npm('hono')],
  ['^core/fleet/bikes/', '^core/telemetry/quarantine/waiting.ts'],
  ['^core/fleet/review/', ['^core/fleet/judging/', '^core/runtime/command-line/']],
  ['^core/fleet/retraction/', '^core/fleet/judging/'],
  [
    '^core/fleet/(installed-parts|intake|judging|partners|registry|retraction|review)/',
    '^core/fleet/statements/',
  ],
  ['^core/fleet/judging/', '^core/fleet/partners/'],
  ['^core/fleet/intake/', '^core/fleet/judging/(rules/fields|findings).ts'],
  ['^core/(api/service|fleet/intake/command).ts', '^core/fleet/partners/key-file.ts'],
  ['^core/api/service.ts', '^core/fleet/intake/api-door.ts'],
  ['^core/api/', '^core/fleet/intake/port.ts'],
  ['^core/fleet/partners/key-file.ts', anyNode],
  ['^core/fleet/(judging|retraction|review)/', '^core/fleet/installed-parts/compare.ts'],
  ['^core/(api/stores|fleet/review/command).ts', '^core/fleet/registry/reader.ts'],
  [
    '^core/riders/own-data/',
    ['^core/riders/rides/(distance|port|recorders|summary|words).ts', '^core/engines/elasticsearch/port.ts'],
  ],
  ['^core/riders/rides/service.ts', '^core/riders/own-data/erasure/stores.ts'],
  ['^core/riders/own-data/erasure/certificate.ts', [npm('jose'), node('crypto')]],
  ['^core/riders/own-data/erasure/request.ts', '^core/riders/ownership/port.ts'],
  [
    '^core/riders/own-data/erasure/command.ts',
    [
      '^core/staff/approvals/stores.ts',
      '^core/fleet/partners/key-file.ts',
      '^core/riders/consent/consents.ts',
    ],
  ],
  ['^core/riders/own-data/export/zip.ts', [npm('yazl'), node('stream|stream/promises')]],
  ['^core/riders/ownership/', '^core/fleet/statements/subjects.ts'],
  ['^core/provision/', ['^core/(engines|runtime)/', '^core/services.ts', anyNode]],
  ['^core/runtime/', [npm('@hono/node-server'), anyNode]],
  ['^core/research/', '^core/riders/consent/rules.ts'],
  ['^core/research/access/(access|keys).ts', [npm('@simplewebauthn/server'), node('crypto|fs')]],
  ['^core/research/access/sessions.ts', '^core/engines/postgres/(client/connect|research/access-store).ts'],
  ['^core/api/', '^core/research/access/(access|keys|port).ts'],
  ['^core/telemetry/gaps/service.ts', '^core/devices/commands/queue.ts'],
  ['^core/telemetry/search/', '^core/engines/elasticsearch/mapping.ts'],
  ['^core/research/copy/', '^core/(engines/elasticsearch/research-mapping|telemetry/search/partitions).ts'],
  [
    '^core/(api|devices/bridge|fleet|research|riders/(own-data|rides)|telemetry)/',
    '^core/telemetry/contracts/',
  ],
  ['^core/research/gateway/', npm('hono')],
  ['^core/research/gateway/service.ts', '^core/research/access/sessions.ts'],
  ['^core/research/gateway/app.ts', '^core/api/slots.ts'],
  ['^core/research/(copy|gateway)/', '^core/engines/elasticsearch/research-mapping.ts'],
  ['^core/research/copy/', '^core/telemetry/search/partitions.ts'],
  ['^core/(api|devices/bridge|fleet|research|riders/rides|telemetry)/', '^core/telemetry/contracts/'],

  // Adapters: one folder knows the client of an engine; of the rooms they take types and closed lists
  ['^core/engines/', re`^core/.*port\.ts`],
  ['^core/engines/elasticsearch/', [npm('@elastic/elasticsearch'), node('fs')]],
  ['^core/engines/kafka/', [npm('@platformatic/kafka'), node('crypto|fs|net|os')]],
  ['^core/engines/postgres/', [npm('postgres'), '^core/engines/postgres/client/']],
  ['^core/engines/postgres/client/', node('crypto|net|fs|fs/promises')],
  // Stored numbers are folded by the rule by which they are read
  [
    '^core/engines/postgres/migrations/',
    '^core/fleet/statements/(read|serial-number|statement-id|subjects).ts',
  ],
  [
    '^core/engines/postgres/riders/',
    '^core/engines/postgres/(devices/(command|presence|settings)-store|fleet/(known-bikes|store|statements)|telemetry/latest-store).ts',
  ],
  ['^core/engines/postgres/fleet/registry-store.ts', '^core/engines/postgres/riders/ownership-changes.ts'],
  ['^core/engines/rabbitmq/', [npm('amqplib'), node('fs|http|https')]],

  // The rider's pages know the API by HTTP alone; what runs in the browser knows pure files of its own
  ['^console/', ['^console/(?!islands|service|jsx-loader|testing)', npm('hono|luxon|pino|prom-client|zod')]],
  ['^console/service.ts', '^console/jsx-loader.ts'],
  ['^console/sign-in/', [npm('jose|openid-client'), node('crypto')]],
  ['^console/assets.ts', [npm('sucrase|uplot'), node('crypto|fs|module|path')]],
  ['^console/jsx-loader.ts', [npm('sucrase'), node('fs|module|url')]],
  ['^console/islands/', ['^console/(islands|rides)/', npm('uplot')]],

  // The edge knows web standards, and no store; edge/entry binds it to a runtime and to Kafka
  ['^edge/', ['^edge/(?!entry|kafka)', contract, npm('@bufbuild/protobuf|hono|jose|prom-client|zod')]],
  ['^edge/decompress.ts', node('util|zlib')],
  ['^edge/(config|entry/process).ts', '^core/runtime/transport.ts'],
  ['^edge/kafka/', ['^edge/kafka/', npm('@platformatic/kafka'), node('net')]],
  ['^edge/entry/', ['^edge/', npm('@hono/node-server|pino'), anyNode]],

  // App teams copy client/; client/node adds what only Node.js has
  ['^client/', ['^client/(?!node/)', contract]],
  ['^client/node/', ['^client/', anyNode]],
  ['^simulator/', ['^simulator/', contract]],
  ['^simulator/manufacturing/', node('crypto')],
  ['^simulator/module/', [npm('@bufbuild/protobuf|mqtt'), node('crypto|timers/promises')]],
  ['^proto/', ['^proto/', npm('@bufbuild/protobuf')]],
  ['^proto/check-generated.ts', anyNode],
  ['^docs/examples/', [contract, npm('@bufbuild/protobuf|mqtt'), anyNode]],
  ['^infra/terraform/render-services.ts', '^edge/config.ts'],
  ['^infra/local/engines/elasticsearch-config.ts', '^core/provision/elasticsearch-roles.ts'],
  ['^infra/local/engine-certificates.ts', re`^core/devices/authority/(certificates|keys)\.ts`],
  ['^infra/local/accounts.ts', '^core/topics.ts'],
  ['^infra/local/engines/rabbitmq.ts', '^core/engines/rabbitmq/management.ts'],
  [
    '^infra/',
    ['^(infra|client|proto|simulator|core/runtime)/', '^core/services.ts', 'node_modules/', anyNode],
  ],
]

/** Tools, which may import what exists for tests. Scenarios run in k6, and reports are pure. */
const toolRows: readonly Row[] = [
  ['^(demo|bench)/', '^$1/'],
  ['^bench/wire.ts', '^demo/rides.ts'],
  ['^infra/terraform/apply-test.ts', '^infra/terraform/testing/'],
  ['^loadtest/(?!scenarios/|report/)', ['^loadtest/', '^bench/report.ts']],
  [
    '^(bench|demo|testkit|loadtest/(?!scenarios/|report/))',
    ['^(client|core|edge|infra|proto|simulator|testkit)/', 'node_modules/', anyNode],
  ],
  [
    '^loadtest/(scenarios|report)/',
    [
      '^loadtest/(scenarios|report|k6/points)',
      '^client/(?!node/)',
      '^(proto|simulator)/',
      '^testkit/(books|check|table).ts',
      '^core/fleet/field-errors/svg.ts',
    ],
  ],
  ['^loadtest/scenarios/', '^k6|node_modules/@types/k6/'],
  ['^(vitest|imports).config.ts', npm('vitest|dependency-cruiser')],
]

/** The same for `import type`. */
const typeRows: readonly Row[] = [
  ['^core/', re`^core/.*port\.ts`],
  ['^core/engines/', '^core/(?!engines/)'],
  ['^console/service.ts', '^core/(runtime/service|services).ts'],
  ['^core/services.ts', '^core/runtime/'],
  ['^loadtest/', '^loadtest/'],
]

const toRule = ([from, to]: Row, more = {}) => ({
  from: { path: from, pathNot: tests },
  to: { path: to, pathNot: tests, ...more },
})

export const rules: IFlattenedRuleSet = {
  allowedSeverity: 'error',
  allowed: [
    { from: { path: tests }, to: {} },
    ...rows.map((row) => toRule(row)),
    ...toolRows.map(([from, to]) => ({ from: { path: from }, to: { path: to } })),
    ...typeRows.map((row) => toRule(row, { dependencyTypes: ['type-only'] })),
  ],
  forbidden: [
    { name: 'circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure file imports one that acts',
      severity: 'error',
      from: { path: '^core/', pathNot: [tests, '^core/runtime/digest.ts', ...acting] },
      to: { path: [...acting, '^(?!core/|proto/)'], pathNot: calculating, dependencyTypesNot: ['type-only'] },
    },
  ],
}
