// Apache Kafka as a single KRaft node: broker and controller in one process.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.ts'
import { type OnProgress, step } from '../progress.ts'
import { run } from '../run.ts'
import { findJava, findMaven } from '../tools.ts'
import type { Engine } from './engine.ts'
import { hasBroker } from './kafka-probe.ts'

const pom = fileURLToPath(new URL('kafka-pom.xml', import.meta.url))
const heap = '512m'

export const kafka: Engine = {
  name: 'kafka',
  variables: ['KAFKA_BROKERS'],
  dataDirs: (dataDir) => [join(dataDir, 'kafka')],
  prepare: async ({ dataDir, logDir, ports, onProgress }) => {
    const jars = await fetchJars(onProgress)
    const java = await findJava(onProgress)
    const dir = join(dataDir, 'kafka')
    await mkdir(dir, { recursive: true })
    const port = await ports('kafka')
    const properties = join(dir, 'server.properties')
    const logging = join(dir, 'log4j2.properties')
    await writeFile(
      properties,
      serverProperties({ dir, port, controllerPort: await ports('kafka-controller') }),
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
      ]
      await step(onProgress, 'Kafka: formatting the data folder', () =>
        run({ command: java.command, args: [...jvm, ...format] }),
      )
    }
    return {
      env: { KAFKA_BROKERS: `127.0.0.1:${port}` },
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
        isReady: () => hasBroker(port),
        readyWithinMs: 60_000,
        stopWithinMs: 20_000,
      },
    }
  },
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
const serverProperties = (options: { dir: string; port: number; controllerPort: number }): string => `\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${options.controllerPort}
listeners=BROKER://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
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
