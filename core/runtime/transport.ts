// Which engines a configuration reaches in plain text on another machine, or by TLS that proves nothing. Pure; edge/ uses it, too.

/** Settings as the environment gives them; undefined where they are not set. */
type Given = Readonly<Record<string, string | undefined>>

/** The settings make no sense. Nothing was begun: the process ends with exit code 2, and starting it again does not help. */
export class ConfigurationError extends Error {}

/** `PORT: 127.0.0.1:8080 is taken; name another port`, where that is the error of a listener; other errors as they are. */
export function takenPort(error: Error, setting: string): Error {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  const why = code === 'EADDRINUSE' ? 'is taken' : code === 'EACCES' ? 'is not for this user' : undefined
  if (why === undefined) return error
  return new ConfigurationError(`${setting}: ${address}:${port} ${why}; name another port`, { cause: error })
}

export interface TransportFault {
  readonly setting: string
  /** One line, without the value. */
  readonly message: string
}

interface Address {
  readonly setting: string
  /** Where the engine is; several of a Kafka cluster. Each with the scheme of a URL. */
  readonly urls: (value: string) => string[]
  readonly isEncrypted: (url: URL, given: Given) => boolean
  /** How encryption is asked for. */
  readonly remedy: string
}

const one = (value: string): string[] => [value]
const hasScheme = (scheme: string) => (url: URL) => url.protocol === scheme

const addresses: readonly Address[] = [
  {
    setting: 'KAFKA_BROKERS',
    urls: (value) => value.split(',').map((broker) => `kafka://${broker}`),
    isEncrypted: (_, given) => given.KAFKA_SECURITY_PROTOCOL === 'SASL_SSL',
    remedy: 'KAFKA_SECURITY_PROTOCOL=SASL_SSL',
  },
  {
    setting: 'DATABASE_URL',
    urls: one,
    isEncrypted: ({ searchParams }) => searchParams.get('sslmode') === 'verify-full',
    remedy: 'sslmode=verify-full',
  },
  { setting: 'ELASTICSEARCH_URL', urls: one, isEncrypted: hasScheme('https:'), remedy: 'https:' },
  { setting: 'AMQP_URL', urls: one, isEncrypted: hasScheme('amqps:'), remedy: 'amqps:' },
  { setting: 'FORWARD_URL', urls: one, isEncrypted: hasScheme('https:'), remedy: 'https:' },
  { setting: 'JWKS_URL', urls: one, isEncrypted: hasScheme('https:'), remedy: 'https:' },
  { setting: 'RABBITMQ_MANAGEMENT_URL', urls: one, isEncrypted: hasScheme('https:'), remedy: 'https:' },
]

/** Faults of the settings that are given. Addresses that cannot be read are left to who reads them. */
export function transportFaults(given: Given): TransportFault[] {
  return [...plaintextFaults(given), ...halfFaults(given)]
}

/** `plaintextFaults({ AMQP_URL: 'amqp://u:p@broker' })` names AMQP_URL; with `amqps:` or at 127.0.0.1 it names nothing. */
function plaintextFaults(given: Given): TransportFault[] {
  if (given.ALLOW_PLAINTEXT_OFF_LOOPBACK === 'i-know') return []
  return addresses.flatMap(({ setting, urls, isEncrypted, remedy }) => {
    const value = given[setting]
    const exposed =
      value !== undefined &&
      urls(value)
        .flatMap((text) => URL.parse(text) ?? [])
        .some((url) => url.hostname !== '' && !isLoopback(url.hostname) && !isEncrypted(url, given))
    const message = `reaches another machine in plain text: use ${remedy}, or set ALLOW_PLAINTEXT_OFF_LOOPBACK=i-know`
    return exposed ? [{ setting, message }] : []
  })
}

/** Half a protection looks like a whole one: it is refused on every machine. */
function halfFaults(given: Given): TransportFault[] {
  const faults: TransportFault[] = []
  const database = URL.parse(given.DATABASE_URL ?? '')?.searchParams
  const [mode, authority] = [database?.get('sslmode') ?? 'disable', database?.has('sslrootcert')]
  if (mode !== 'verify-full' && (mode !== 'disable' || authority))
    faults.push({
      setting: 'DATABASE_URL',
      message: 'sslmode must be verify-full: any other takes every certificate, or none',
    })
  if (given.KAFKA_BROKERS === undefined) return faults
  const isSecure = given.KAFKA_SECURITY_PROTOCOL === 'SASL_SSL'
  for (const setting of ['KAFKA_USERNAME', 'KAFKA_PASSWORD_FILE'])
    if (isSecure && given[setting] === undefined)
      faults.push({ setting, message: 'KAFKA_SECURITY_PROTOCOL=SASL_SSL needs it' })
  for (const setting of ['KAFKA_USERNAME', 'KAFKA_PASSWORD_FILE', 'KAFKA_CA_FILE'])
    if (!isSecure && given[setting] !== undefined)
      faults.push({ setting, message: 'is of no use without KAFKA_SECURITY_PROTOCOL=SASL_SSL' })
  return faults
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}
