// Apache Kafka as a single KRaft node: broker and controller in one process.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.ts'
import type { EngineTls } from '../engine-certificates.ts'
import { type OnProgress, step } from '../progress.ts'
import { run } from '../run.ts'
import { findJava, findMaven } from '../tools.ts'
import type { Engine, Env } from './engine.ts'
import { hasBroker, hasSecureBroker, type KafkaClient } from './kafka-probe.ts'

const pom = fileURLToPath(new URL('kafka-pom.xml', import.meta.url))
const heap = '512m'

export const kafka: Engine = {
  name: 'kafka',
  variables: [
    'KAFKA_BROKERS',
    ...['KAFKA_SECURITY_PROTOCOL', 'KAFKA_CA_FILE', 'KAFKA_USERNAME', 'KAFKA_PASSWORD_FILE'],
  ],
  dataDirs: (dataDir) => [join(dataDir, 'kafka')],
  prepare: async ({ dataDir, logDir, ports, secrets, tls, onProgress }) => {
    const jars = await fetchJars(onProgress)
    const java = await findJava(onProgress)
    const dir = join(dataDir, 'kafka')
    await mkdir(dir, { recursive: true })
    const port = await ports('kafka')
    const security = tls && (await secure({ dir, tls, password: secrets('kafka') }))
    const properties = join(dir, 'server.properties')
    const logging = join(dir, 'log4j2.properties')
    await writeFile(
      properties,
      serverProperties({ dir, port, controllerPort: await ports('kafka-controller'), security }),
      { mode: 0o600 },
    )
    await writeFile(logging, loggingProperties)
    const jvm = ['-cp', join(jars, '*'), `-Dlog4j2.configurationFile=${logging}`, '-Djava.awt.headless=true']
    if (!existsSync(join(dir, 'log', 'meta.properties'))) {
      const format = [
        'kafka.tools.StorageTool',
        'format',
        '--cluster-id',
        'bWljcm8tbW9iaWxpdHktMQ',
        '--config',
        properties,
        ...(security?.format ?? []),
      ]
      await step(onProgress, 'Kafka: formatting the data folder', () =>
        run({ command: java.command, args: [...jvm, ...format] }),
      )
    }
    return {
      env: { KAFKA_BROKERS: `127.0.0.1:${port}`, ...security?.env },
      plan: {
        name: 'kafka',
        command: java.command,
        args: [
          ...jvm,
          `-Xms${heap}`,
          `-Xmx${heap}`,
          '-XX:+ExitOnOutOfMemoryError',
          'kafka.Kafka',
          properties,
        ],
        port,
        logFile: join(logDir, 'kafka.log'),
        isReady: () => (security === undefined ? hasBroker(port) : hasSecureBroker(port, security.client)),
        readyWithinMs: 300_000,
        stopWithinMs: 20_000,
      },
    }
  },
}

type Security = {
  /** Of server.properties. */
  properties: string
  /** Arguments that make the user when the data folder is formatted. */
  format: string[]
  env: Env
  client: KafkaClient
}

const user = 'mobility'

/**
 * Clients show a user and a password by SCRAM inside TLS. Whom no rule allows something is refused; this user, who makes the topics, needs
 * no rule. The controller knows no SCRAM before it has run, and takes the same password by PLAIN inside TLS.
 */
const secure = async (given: { dir: string; tls: EngineTls; password: string }): Promise<Security> => {
  const { dir, tls, password } = given
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(dir, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const login = (module: string, more = '') =>
    `org.apache.kafka.common.security.${module} required username="${user}" password="${password}"${more};`
  const properties = `\
ssl.keystore.type=PEM
ssl.keystore.location=${await file('broker.pem', tls.certificate + tls.key)}
ssl.truststore.type=PEM
ssl.truststore.location=${await file('authority.pem', tls.authority)}
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
listener.name.broker.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.broker.scram-sha-512.sasl.jaas.config=${login('scram.ScramLoginModule')}
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=${login('plain.PlainLoginModule', ` user_${user}="${password}"`)}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:${user}
`
  return {
    properties,
    format: ['--add-scram', `SCRAM-SHA-512=[name=${user},password=${password}]`],
    env: {
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_CA_FILE: tls.authorityFile,
      KAFKA_USERNAME: user,
      KAFKA_PASSWORD_FILE: await file('password', `${password}\n`),
    },
    client: { ca: tls.authority, username: user, password },
  }
}

const fetchJars = async (onProgress: OnProgress): Promise<string> => {
  const wanted = await readFile(pom, 'utf8')
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.*?)</.exec(wanted)?.[1]
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 8)
  const fill = async (dir: string) => {
    const mvn = await findMaven(onProgress)
    // Strict checksums: a jar that does not match what its repository states fails the build.
    const args = [
      '-q',
      '-B',
      '-C',
      '-f',
      pom,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${dir}`,
    ]
    await step(onProgress, `Kafka ${version}: downloading 46 jars, 43 MB`, () => run({ command: mvn, args }))
  }
  return cached({ name: `kafka-${version}-${hash}`, fill, onProgress })
}

/** One node cannot replicate, so every internal topic is told so. Topics are made by provisioning, never by a typo. */
const serverProperties = (options: {
  dir: string
  port: number
  controllerPort: number
  security: Security | undefined
}): string => `\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${options.controllerPort}
listeners=BROKER://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}
${
  options.security === undefined
    ? 'listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT\n'
    : `listener.security.protocol.map=BROKER:SASL_SSL,CONTROLLER:SASL_SSL\n${options.security.properties}`
}inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs=${join(options.dir, 'log')}
auto.create.topics.enable=false
num.partitions=4
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
`

const loggingProperties = `\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`
