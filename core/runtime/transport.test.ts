import { describe, expect, test } from 'vitest'
import { transportFaults } from './transport.ts'

const faulty = (given: Record<string, string>) => transportFaults(given).map(({ setting }) => setting)
const kafkaUser = { KAFKA_USERNAME: 'normalize', KAFKA_PASSWORD_FILE: '/run/secrets/kafka' }
const secureKafka = { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...kafkaUser }

const plain = {
  KAFKA_BROKERS: 'kafka.example:9092',
  DATABASE_URL: 'postgres://u:p@db.example/mobility',
  ELASTICSEARCH_URL: 'http://search.example:9200',
  AMQP_URL: 'amqp://u:p@broker.example:5672',
  RABBITMQ_MANAGEMENT_URL: 'http://u:p@broker.example:15672',
  FORWARD_URL: 'http://edge.example:8080',
  JWKS_URL: 'http://login.example/jwks.json',
}
const encrypted: Record<keyof typeof plain, Record<string, string>> = {
  KAFKA_BROKERS: { KAFKA_BROKERS: 'kafka.example:9093', ...secureKafka },
  DATABASE_URL: {
    DATABASE_URL: 'postgres://u:p@db.example/mobility?sslmode=verify-full&sslrootcert=/ca.pem',
  },
  ELASTICSEARCH_URL: { ELASTICSEARCH_URL: 'https://search.example:9200' },
  AMQP_URL: { AMQP_URL: 'amqps://u:p@broker.example:5671?cacertfile=/ca.pem' },
  RABBITMQ_MANAGEMENT_URL: { RABBITMQ_MANAGEMENT_URL: 'https://u:p@broker.example:15671' },
  FORWARD_URL: { FORWARD_URL: 'https://edge.example' },
  JWKS_URL: { JWKS_URL: 'https://login.example/jwks.json' },
}

describe.each(Object.keys(plain) as (keyof typeof plain)[])('%s', (setting) => {
  const given = { [setting]: plain[setting] }
  const at = (host: string) => ({ [setting]: plain[setting].replace(/[a-z]+\.example/, host) })

  test('in plain text on another machine is a fault that names the way out', () => {
    const [fault, ...more] = transportFaults(given)
    expect({ setting: fault?.setting, more }).toEqual({ setting, more: [] })
    expect(fault?.message).toMatch(
      /^reaches another machine in plain text: use \S+, or set ALLOW_PLAINTEXT_OFF_LOOPBACK=i-know$/,
    )
  })

  test('with TLS is none', () => {
    expect(faulty(encrypted[setting])).toEqual([])
  })

  test.each(['127.0.0.1', '127.3.2.1', 'localhost'])('in plain text at %s is none', (host) => {
    expect(faulty(at(host))).toEqual([])
  })

  test.each(['127.0.0.1.example', 'localhost.example', '0.0.0.0', '10.0.0.1'])(
    'in plain text at %s is one',
    (host) => expect(faulty(at(host))).toEqual([setting]),
  )

  test('in plain text is allowed by the one setting, with its one value', () => {
    expect(faulty({ ...given, ALLOW_PLAINTEXT_OFF_LOOPBACK: 'i-know' })).toEqual([])
    expect(faulty({ ...given, ALLOW_PLAINTEXT_OFF_LOOPBACK: 'true' })).toEqual([setting])
  })
})

test('one broker on another machine is enough', () => {
  expect(faulty({ KAFKA_BROKERS: '127.0.0.1:9092,kafka.example:9092' })).toEqual(['KAFKA_BROKERS'])
})

test('IPv6 has a loopback, too', () => {
  expect(faulty({ DATABASE_URL: 'postgres://u:p@[::1]/d' })).toEqual([])
  expect(faulty({ DATABASE_URL: 'postgres://u:p@[2001:db8::1]/d' })).toEqual(['DATABASE_URL'])
})

test.each(['require', 'prefer', 'allow', 'verify-ca', 'no-verify', 'true'])(
  'sslmode=%s is refused on every machine, also where plain text is allowed',
  (mode) => {
    const here = { DATABASE_URL: `postgres://u:p@127.0.0.1/d?sslmode=${mode}` }
    expect(faulty({ ...here, ALLOW_PLAINTEXT_OFF_LOOPBACK: 'i-know' })).toEqual(['DATABASE_URL'])
  },
)

test.each([
  ['an authority that nobody asks', 'postgres://u:p@127.0.0.1/d?sslrootcert=/ca.pem', ['DATABASE_URL']],
  ['sslmode=disable here', 'postgres://u:p@127.0.0.1/d?sslmode=disable', []],
  ['sslmode=disable elsewhere', 'postgres://u:p@db.example/d?sslmode=disable', ['DATABASE_URL']],
])('PostgreSQL with %s', (_, url, faults) => {
  expect(faulty({ DATABASE_URL: url })).toEqual(faults)
})

const here = { KAFKA_BROKERS: '127.0.0.1:9092' }
test.each<[string, Record<string, string>, string[]]>([
  ['SASL_SSL without a user', { ...secureKafka, KAFKA_USERNAME: '' }, ['KAFKA_USERNAME']],
  ['SASL_SSL without a password', { ...secureKafka, KAFKA_PASSWORD_FILE: '' }, ['KAFKA_PASSWORD_FILE']],
  ['SASL_SSL with both', secureKafka, []],
  ['SASL_SSL with an authority', { ...secureKafka, KAFKA_CA_FILE: '/ca.pem' }, []],
  ['a password in plain text', kafkaUser, ['KAFKA_USERNAME', 'KAFKA_PASSWORD_FILE']],
  ['an authority without TLS', { KAFKA_CA_FILE: '/ca.pem' }, ['KAFKA_CA_FILE']],
  ['none of it', {}, []],
])('Kafka with %s', (_, settings, faults) => {
  const given = Object.entries({ ...here, ...settings }).filter(([, value]) => value !== '')
  expect(faulty(Object.fromEntries(given))).toEqual(faults)
})

test('what cannot be read is left to who reads it', () => {
  expect(faulty({ DATABASE_URL: 'nonsense', KAFKA_BROKERS: ',' })).toEqual([])
})
