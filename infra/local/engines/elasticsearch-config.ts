// The configuration files of the local Elasticsearch node.
import { createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { elasticsearchRoles } from '../../../core/provision/elasticsearch-roles.ts'

/**
 * Security on; without `tls` encryption off, as nothing leaves 127.0.0.1. Of `tls` the files lie beside this one. This distribution has no GeoIP module, so there is no
 * download to switch off. Disk watermarks would turn indices read-only on a laptop with a full disk.
 */
export const elasticsearchYaml = (options: {
  dir: string
  port: number
  transportPort: number
  tls: boolean
}): string => `\
cluster.name: micro-mobility-cloud
node.name: local
path.data: ${JSON.stringify(join(options.dir, 'data'))}
path.logs: ${JSON.stringify(join(options.dir, 'logs'))}
path.repo: ${JSON.stringify(snapshotDir(options.dir))}
network.host: 127.0.0.1
http.port: ${options.port}
transport.port: ${options.transportPort}
discovery.type: single-node
xpack.license.self_generated.type: trial
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
xpack.security.http.ssl.enabled: ${options.tls}
${options.tls ? 'xpack.security.http.ssl.certificate: engine.pem\nxpack.security.http.ssl.key: engine-key.pem\n' : ''}xpack.security.transport.ssl.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
`

/** Where a repository of snapshots may lie. */
export const snapshotDir = (dir: string): string => join(dir, 'snapshots')

/** The distribution's own options with a fixed heap, without the garbage collector's log and heap dumps. */
export const jvmOptions = (distributed: string, heap = '1g'): string =>
  distributed
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !/-Xlog:gc|HeapDump/.test(line))
    .concat(`-Xms${heap}`, `-Xmx${heap}`, '')
    .join('\n')

export const loggingProperties = `\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}]%marker %m%consoleException%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`

/** Of a service's own user. Whoever knows the superuser's finds it, in whatever folder the engine has its data. */
export const servicePassword = (superuserPassword: string, service: string): string =>
  createHmac('sha256', superuserPassword).update(service).digest('hex')

/** Files by name: a user and a role for each service. The security API has no place to keep them in this distribution. */
export const usersAndRoles = (superuserPassword: string): Record<string, string> => {
  const roles = Object.entries(elasticsearchRoles('', '*'))
  const lines = (line: (name: string) => string) => roles.map(([name]) => `${line(name)}\n`).join('')
  return {
    // JSON is YAML.
    'roles.yml': roles.map(([name, role]) => `${name}: ${JSON.stringify(role)}\n`).join(''),
    users: lines((name) => `${name}:${passwordHash(servicePassword(superuserPassword, name))}`),
    users_roles: lines((name) => `${name}:${name}`),
  }
}

const hashCost = 10_000

/** As the engine's own tool for users writes it with `pbkdf2`. */
const passwordHash = (password: string): string => {
  const salt = randomBytes(32)
  const hash = pbkdf2Sync(password, salt, hashCost, 32, 'sha512')
  return `{PBKDF2}${hashCost}$${salt.toString('base64')}$${hash.toString('base64')}`
}
