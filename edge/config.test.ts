import { describe, expect, test } from 'vitest'
import { edgeLimits, rawTopic, readConfig } from './config.ts'

const good = {
  KAFKA_BROKERS: '127.0.0.1:9092,localhost:9092',
  JWKS_URL: 'https://login.example/jwks.json',
  JWT_ISSUER: 'https://login.example',
  JWT_AUDIENCE: 'telemetry',
}

describe('configuration of the edge', () => {
  test('has defaults for what is not given', () => {
    const config = readConfig({ ...good, PORT: '' })
    expect(config).toMatchObject({
      PORT: 0,
      KAFKA_BROKERS: ['127.0.0.1:9092', 'localhost:9092'],
      TRUSTED_PROXIES: 0,
    })
    expect(edgeLimits(config)).toMatchObject({ compressedBytes: 1_048_576, ratio: 100 })
    expect(rawTopic(config)).toBe('telemetry.raw')
    expect(rawTopic({ NAMESPACE: 'test' })).toBe('test.telemetry.raw')
  })

  test('reports all faults at once and no values', () => {
    const faulty = () => readConfig({ PORT: 'secret-port', JWT_ISSUER: 'i', FORWARD_SECRET: 'short' })
    expect(faulty).toThrow(/PORT[\s\S]*JWKS_URL[\s\S]*JWT_AUDIENCE[\s\S]*FORWARD_SECRET[\s\S]*KAFKA_BROKERS/)
    expect(faulty).not.toThrow(/secret-port|short/)
  })

  test('says of a setting that is missing that it is not set', () => {
    expect(() => readConfig({ ...good, JWT_AUDIENCE: '' })).toThrow(
      /^The configuration has faults:\n {2}JWT_AUDIENCE: is not set$/,
    )
  })

  test.each([
    ['both ways', { FORWARD_URL: 'https://edge.example', FORWARD_SECRET: '0123456789abcdef' }],
    ['no way', { KAFKA_BROKERS: undefined }],
    ['forwarding without a secret', { KAFKA_BROKERS: undefined, FORWARD_URL: 'https://edge.example' }],
  ])('refuses %s to Kafka', (_, change) => {
    expect(() => readConfig({ ...good, ...change })).toThrow(/KAFKA_BROKERS|FORWARD_SECRET/)
  })

  const remote = { ...good, KAFKA_BROKERS: 'kafka.example:9093' }
  const forwarding = { ...good, KAFKA_BROKERS: undefined, FORWARD_SECRET: '0123456789abcdef' }
  const secure = {
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_USERNAME: 'edge',
    KAFKA_PASSWORD_FILE: '/run/secrets/kafka',
  }
  test.each([
    ['Kafka', 'KAFKA_BROKERS', remote],
    ['the issuer', 'JWKS_URL', { ...good, JWKS_URL: 'http://login.example/jwks.json' }],
    ['another edge', 'FORWARD_URL', { ...forwarding, FORWARD_URL: 'http://edge.example' }],
  ])('reaches %s on another machine in plain text only where one setting allows it', (_, name, given) => {
    expect(() => readConfig(given)).toThrow(`${name}: reaches another machine in plain text`)
    expect(readConfig({ ...given, ALLOW_PLAINTEXT_OFF_LOOPBACK: 'i-know' })).toBeDefined()
  })

  test.each(['file:///etc/jwks.json', 'data:application/json,{}', 'ftp://login.example/jwks.json'])(
    'reads keys by HTTP alone, not from %s',
    (url) => expect(() => readConfig({ ...good, JWKS_URL: url })).toThrow('JWKS_URL'),
  )

  test('takes Kafka with TLS and a user, and nothing half', () => {
    expect(readConfig({ ...remote, ...secure })).toMatchObject(secure)
    expect(() => readConfig({ ...remote, ...secure, KAFKA_USERNAME: '' })).toThrow('KAFKA_USERNAME')
    expect(() => readConfig({ ...good, KAFKA_USERNAME: 'edge' })).toThrow('KAFKA_USERNAME')
    expect(readConfig({ ...forwarding, FORWARD_URL: 'https://edge.example' })).toBeDefined()
  })

  test.each([
    ['MAX_COMPRESSED_BYTES', '1048577'],
    ['MAX_DECOMPRESSED_BYTES', '8388609'],
    ['MAX_IN_FLIGHT_BYTES', '17825791'],
    ['BURST_PER_ADDRESS', '0.5'],
    ['BURST_PER_SENDER', '0'],
  ])('refuses limits beyond the contract, or with which nothing would pass (%s=%s)', (name, value) => {
    expect(() => readConfig({ ...good, [name]: value })).toThrow(name)
  })

  test('takes limits below the contract', () => {
    const lowered = {
      MAX_COMPRESSED_BYTES: '1000',
      MAX_DECOMPRESSED_BYTES: '2000',
      MAX_IN_FLIGHT_BYTES: '5000',
    }
    expect(edgeLimits(readConfig({ ...good, ...lowered }))).toMatchObject({ inFlightBytes: 5000 })
  })
})
