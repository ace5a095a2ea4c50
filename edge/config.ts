// The configuration of an edge: the only place of edge/ that reads the environment. Names shared with core mean the same.
import { z } from 'zod'
import { ConfigurationError, transportFaults } from '../core/runtime/transport.ts'
import { limits } from '../proto/index.ts'
import { largestUploadBytes } from './limits/in-flight.ts'
import type { EdgeLimits } from './ports.ts'

const text = z.string().min(1)
const count = z.coerce.number().int().min(0)
const milliseconds = z.coerce.number().int().positive()
const bytes = z.coerce.number().int().positive()
const rate = z.coerce.number().min(0)
// Less than one would let nothing pass, ever.
const burst = z.coerce.number().min(1)
const MiB = 1024 * 1024

/** Names, meanings and defaults of all settings; docs/operations.md is written from it. */
export const settings = {
  NAMESPACE: z
    .string()
    .regex(/^[a-z0-9_]{0,32}$/)
    .default('')
    .describe('Prefix of topics, groups and indices'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on'),
  PORT: count.max(65_535).default(0).describe('Port to listen on; 0 picks one'),
  ADMIN_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address of health and metrics, and of what other edges send'),
  ADMIN_PORT: count
    .max(65_535)
    .default(0)
    .describe('Port of health and metrics, and of what other edges send; 0 picks one'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Log level'),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^:,\s]+:\d+(,[^:,\s]+:\d+)*$/, 'host:port[,host:port …]')
    .transform((list) => list.split(','))
    .optional()
    .describe('Kafka bootstrap brokers, host:port separated by commas; this or FORWARD_URL'),
  KAFKA_SECURITY_PROTOCOL: z
    .enum(['PLAINTEXT', 'SASL_SSL'])
    .default('PLAINTEXT')
    .describe('`SASL_SSL`: TLS that verifies the broker, and SCRAM-SHA-512'),
  KAFKA_CA_FILE: text.optional().describe('File with who signs its certificates; else public ones'),
  KAFKA_USERNAME: text.optional().describe('Kafka user, with `SASL_SSL`'),
  KAFKA_PASSWORD_FILE: text.optional().describe('File with its password, read at each connection (secret)'),
  ALLOW_PLAINTEXT_OFF_LOOPBACK: z
    .enum(['i-know'])
    .optional()
    .describe('`i-know`: Kafka or an edge on another machine may be reached in plain text'),
  JWKS_URL: z.url({ protocol: /^https?$/ }).describe('Where the keys of the token issuer are'),
  JWT_ISSUER: text.describe('Expected issuer of tokens'),
  JWT_AUDIENCE: text.describe('Expected audience of tokens'),
  TOKEN_MAX_LIFETIME_S: count.min(60).default(86_400).describe('Most seconds from issue to end of a token'),
  FORWARD_URL: z.url().optional().describe('Admin address of an edge that writes to Kafka for this one'),
  FORWARD_SECRET: z
    .string()
    .min(16)
    .regex(/^\S*$/, 'no spaces')
    .optional()
    .describe('Shared by forwarding edges; with KAFKA_BROKERS it opens /internal/v1/tracks (secret)'),
  TRUSTED_PROXIES: count.max(10).default(0).describe('How many proxies in front append to X-Forwarded-For'),
  ADDRESS_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/)
    .optional()
    .describe('On workerd: header in which the platform in front writes the address of the client'),
  MAX_COMPRESSED_BYTES: bytes
    .max(limits.compressedBytes)
    .default(limits.compressedBytes)
    .describe('Largest body'),
  MAX_DECOMPRESSED_BYTES: bytes
    .max(limits.decompressedBytes)
    .default(limits.decompressedBytes)
    .describe('Largest upload, decompressed'),
  MAX_IN_FLIGHT_BYTES: bytes.default(64 * MiB).describe('Bytes of all uploads at hand; beyond them 503'),
  BODY_TIMEOUT_MS: milliseconds.default(20_000).describe('Time a client has for its body'),
  RATE_PER_ADDRESS: rate.default(200).describe('Uploads a second from one address; 0: no limit'),
  BURST_PER_ADDRESS: burst.default(1_000).describe('Uploads at once from one address'),
  RATE_PER_SENDER: rate.default(20).describe('Uploads a second from one sender; 0: no limit'),
  BURST_PER_SENDER: burst.default(200).describe('Uploads at once from one sender'),
  SAMPLE_RATE_PER_SENDER: rate.default(2_000).describe('Samples a second from one sender; 0: no limit'),
  // A track of the largest size has to pass.
  SAMPLE_BURST_PER_SENDER: z.coerce
    .number()
    .min(limits.samplesPerTrack)
    .default(100_000)
    .describe('Samples at once from one sender, and of one upload'),
  DRAIN_DELAY_MS: count
    .max(300_000)
    .default(5_000)
    .describe('From SIGTERM, when `/readyz` fails, until the edge takes no new connections'),
  DRAIN_TIMEOUT_MS: milliseconds.default(15_000).describe('From then on, time for uploads at hand to end'),
} as const

// Even when other settings are at fault, so that all faults are told at once.
const always = () => true

const schema = z
  .object(settings)
  .refine((given) => (given.KAFKA_BROKERS === undefined) !== (given.FORWARD_URL === undefined), {
    path: ['KAFKA_BROKERS'],
    message: 'give either KAFKA_BROKERS or FORWARD_URL',
    when: always,
  })
  .refine((given) => given.FORWARD_URL === undefined || given.FORWARD_SECRET !== undefined, {
    path: ['FORWARD_SECRET'],
    message: 'forwarding needs it',
    when: always,
  })

  .refine((given) => !(given.MAX_IN_FLIGHT_BYTES < bytesOfOneUpload(given)), {
    path: ['MAX_IN_FLIGHT_BYTES'],
    message: 'one upload may need MAX_COMPRESSED_BYTES and twice MAX_DECOMPRESSED_BYTES',
    when: always,
  })

function bytesOfOneUpload(given: { MAX_COMPRESSED_BYTES: number; MAX_DECOMPRESSED_BYTES: number }): number {
  return largestUploadBytes({
    compressedBytes: given.MAX_COMPRESSED_BYTES,
    decompressedBytes: given.MAX_DECOMPRESSED_BYTES,
  })
}

export type EdgeConfig = z.output<typeof schema>

/** Throws one ConfigurationError that lists every fault, by name and without the values. An empty variable counts as absent. */
export function readConfig(environment: Readonly<Record<string, unknown>> = process.env): EdgeConfig {
  const given = Object.fromEntries(
    Object.keys(settings).map((name) => [name, environment[name] ? String(environment[name]) : undefined]),
  )
  const result = schema.safeParse(given)
  const transport = transportFaults(given)
  if (result.success && transport.length === 0) return result.data
  const issues = (result.error?.issues ?? []).map(({ path, code, message }) => ({
    setting: path.join('.'),
    message: code === 'invalid_type' && given[path.join('.')] === undefined ? 'is not set' : message,
  }))
  const faults = [...issues, ...transport].map(({ setting, message }) => `  ${setting}: ${message}`)
  throw new ConfigurationError(`The configuration has faults:\n${faults.join('\n')}`)
}

export function edgeLimits(config: EdgeConfig): EdgeLimits {
  return {
    compressedBytes: config.MAX_COMPRESSED_BYTES,
    decompressedBytes: config.MAX_DECOMPRESSED_BYTES,
    ratio: limits.ratio,
    ratioFreeBytes: limits.ratioFreeBytes,
    // With its envelopes a track stays below the 1 MiB of a Kafka record on all its way.
    trackBytes: 900_000,
    inFlightBytes: config.MAX_IN_FLIGHT_BYTES,
    bodyTime: { longestMs: config.BODY_TIMEOUT_MS, graceMs: 5_000, leastBytesPerMs: 1 },
    perAddress: { perSecond: config.RATE_PER_ADDRESS, burst: config.BURST_PER_ADDRESS },
    perSender: { perSecond: config.RATE_PER_SENDER, burst: config.BURST_PER_SENDER },
    samplesPerSender: { perSecond: config.SAMPLE_RATE_PER_SENDER, burst: config.SAMPLE_BURST_PER_SENDER },
  }
}

/** The topic of accepted tracks in a namespace; core/topics.ts says the same. */
export function rawTopic({ NAMESPACE }: Pick<EdgeConfig, 'NAMESPACE'>): string {
  return NAMESPACE === '' ? 'telemetry.raw' : `${NAMESPACE}.telemetry.raw`
}
