// The settings of every core process.
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)
const portOf = (name: string) =>
  port.default(0).describe(`Port of \`${name}\` in a process with other services; 0 picks one`)
const url = z.url()
const text = z.string().min(1)
const count = z.coerce.number().int().min(0)
const most = count.min(1)
const rate = z.coerce.number().min(0)

/** Nobody but its process may see its value, or the content of the file that it names. */
export const isSecret = ({ description }: z.ZodType): boolean => description?.endsWith('(secret)') === true
/** Its process does not start without it. */
export const isRequired = (setting: z.ZodType): boolean => !setting.safeParse(undefined).success

/** Names, meanings and defaults of all settings; docs/operations.md is written from it. */
export const settings = {
  NAMESPACE: z
    .string()
    .regex(/^[a-z0-9_]{0,32}$/)
    .default('')
    .describe('Prefix of topics, groups and indices'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on'),
  PORT: port
    .default(0)
    .describe(
      'Port of health and metrics; of `api`, `console`, `gatekeeper` or `research-gateway` where the process runs nothing else; 0 picks one',
    ),
  ADMIN_HOST: z.string().default('127.0.0.1').describe('Address of health and metrics'),
  ADMIN_PORT: port.optional().describe('Port of health and metrics; else PORT, or a free one'),
  DRAIN_DELAY_MS: count
    .max(300_000)
    .default(5_000)
    .describe('From SIGTERM, when `/readyz` fails, until listeners take no new connections'),
  API_PORT: portOf('api'),
  CONSOLE_PORT: portOf('console'),
  GATEKEEPER_PORT: portOf('gatekeeper'),
  RESEARCH_GATEWAY_PORT: portOf('research-gateway'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Log level'),
  SERVICE_SETTINGS_DIR: text
    .optional()
    .describe('Folder where `SERVICE.env` sets what is of that service alone, such as its users (secret)'),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^:,\s]+:\d+(,[^:,\s]+:\d+)*$/, 'host:port[,host:port …]')
    .transform((list) => list.split(','))
    .describe('Kafka bootstrap brokers, host:port separated by commas'),
  KAFKA_SECURITY_PROTOCOL: z
    .enum(['PLAINTEXT', 'SASL_SSL'])
    .default('PLAINTEXT')
    .describe('`SASL_SSL`: TLS that verifies the broker, and SCRAM-SHA-512'),
  KAFKA_CA_FILE: text.optional().describe('File with who signs its certificates; else public ones'),
  KAFKA_USERNAME: text.optional().describe('Kafka user, with `SASL_SSL`'),
  KAFKA_PASSWORD_FILE: text.optional().describe('File with its password, read at each connection (secret)'),
  ELASTICSEARCH_URL: url.describe('Elasticsearch address'),
  ELASTICSEARCH_USERNAME: text.describe('Elasticsearch user'),
  ELASTICSEARCH_PASSWORD: text.describe('Elasticsearch password (secret)'),
  ELASTICSEARCH_CA_FILE: text.optional().describe('File with who signs its certificate; else public ones'),
  SNAPSHOT_REPOSITORY: text
    .optional()
    .describe('Repository of the Elasticsearch cluster that takes a snapshot a day; else there are none'),
  ALLOW_PLAINTEXT_OFF_LOOPBACK: z
    .enum(['i-know'])
    .optional()
    .describe('`i-know`: engines on other machines may be reached in plain text'),
  STATEMENT_AUDIENCE: text
    .max(256)
    .regex(/^[\x20-\x7e]+$/, 'letters, digits and signs of ASCII')
    .describe('Name of this installation in the seals of statements'),
  STATEMENT_SEAL_KEY_FILE: text.describe(
    'File with the key that seals statements of partners that speak through the API (secret)',
  ),
  TOMBSTONE_KEY_FILE: text.describe(
    'File with the key by which erased riders are known again; keep a copy apart (secret)',
  ),
  UNSEALED_STATEMENTS: z
    .enum(['refuse', 'hold'])
    .default('refuse')
    .describe('What becomes of statements without a seal: `refuse`, or `hold` while partners change over'),
  DATABASE_URL: url.describe('PostgreSQL address with user and password (secret)'),
  LEDGER_DAYS: most.max(3_650).default(90).describe('For how many days the books of a track are kept'),
  AMQP_URL: url.describe('RabbitMQ address for AMQP with user and password (secret)'),
  RABBITMQ_MANAGEMENT_URL: url.describe('RabbitMQ management API with user and password (secret)'),
  DEVICE_AUTHORITY_DIR: text.describe('Folder with the keys of the device authority (secret)'),
  DEVICE_AUTHORITY_PASSPHRASE_FILE: text.describe(
    "File with the passphrase of the authorities' keys for modules and broker (secret)",
  ),
  DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE: text
    .optional()
    .describe("File with the passphrase of the root's key, for the ceremony only (secret)"),
  COMMAND_SIGNING_KEY_FILE: text.describe('File with the key that signs commands (secret)'),
  COMMAND_SIGNING_CERTIFICATE_FILE: text.describe(
    'File with the certificate of that key, and with those that vouch for it',
  ),
  COMMAND_SIGNING_PASSPHRASE_FILE: text.describe('File with the passphrase of that key (secret)'),
  JWKS_URL: z.url({ protocol: /^https?$/ }).describe('Where the keys of the token issuer are'),
  JWT_ISSUER: text.describe('Expected issuer of tokens'),
  JWT_AUDIENCE: text.describe('Expected audience of tokens'),
  TOKEN_MAX_LIFETIME_S: count.min(60).default(86_400).describe('Most seconds from issue to end of a token'),
  API_URL: url.describe('Where the console asks the API'),
  CONSOLE_URL: url.describe('Address of the console as browsers know it; forms are taken from there alone'),
  CONSOLE_SESSION_SECRET: text
    .min(32)
    .describe('Key of the cookies of riders who are signed in; another one signs everybody out (secret)'),
  RESEARCH_URL: url
    .optional()
    .describe(
      'Address of the console as browsers of researchers know it, to which keys are bound; else none signs in',
    ),
  RESEARCH_KEY_MODELS_FILE: text
    .optional()
    .describe('File with the FIDO metadata statements of the keys that researchers may register; else none'),
  OIDC_ISSUER_URL: url.describe('Login service of riders, where `/.well-known/openid-configuration` begins'),
  OIDC_CLIENT_ID: text.describe('As what the login service knows the console'),
  OIDC_CLIENT_SECRET: text
    .optional()
    .describe('Of the console at the login service, where it wants one beside PKCE (secret)'),
  OIDC_SCOPE: text
    .default('openid')
    .describe('`openid`, and what else makes its access tokens those of the API'),
  TRUSTED_PROXIES: count.max(10).default(0).describe('How many proxies in front append to X-Forwarded-For'),
  SAMPLE_RATE_PER_SENDER: rate.default(2_000).describe("Samples a second of a bike's modules; 0: no limit"),
  SAMPLE_BURST_PER_SENDER: most.default(100_000).describe("Samples at once of a bike's modules"),
  MODULE_SUSPENSION_S: most.max(3_600).default(60).describe('First suspension of modules that send more'),
  API_FAILED_TOKENS_PER_ADDRESS: rate
    .default(10)
    .describe('Tokens a second from one address that do not pass; ten times as many at once; 0: no limit'),
  API_RATE_PER_CALLER: rate
    .default(100)
    .describe('Requests a second of one caller; ten times as many at once; 0: no limit'),
  API_MAX_IN_FLIGHT: most.default(1_000).describe('Unanswered requests of all callers; beyond them 503'),
  API_MAX_IN_FLIGHT_PER_CALLER: most.default(50).describe('Unanswered requests of one caller; else 429'),
  STAFF_CONSOLE_APPROVES: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Whether the operator’s console may be the second person who approves a proposal'),
} as const
