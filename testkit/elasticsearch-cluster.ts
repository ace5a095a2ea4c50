// An Elasticsearch cluster of several nodes with a tier each, for tests of what a single node cannot show. No passwords, no encryption:
// nothing leaves 127.0.0.1.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchServer } from '../infra/local/engines/elasticsearch.ts'
import { jvmOptions, loggingProperties } from '../infra/local/engines/elasticsearch-config.ts'
import { type ManagedProcess, startProcess } from '../infra/local/managed-process.ts'
import type { OnProgress } from '../infra/local/progress.ts'
import { run } from '../infra/local/run.ts'
import { findJava } from '../infra/local/tools.ts'
import { engineUser, ownedDir } from '../infra/local/unprivileged.ts'
import { freePorts } from './free-ports.ts'

const roles = {
  hot: ['master', 'data_content', 'data_hot', 'ingest'],
  warm: ['master', 'data_warm'],
  cold: ['master', 'data_cold'],
} as const
type NodeName = keyof typeof roles
const names = Object.keys(roles) as NodeName[]

export interface ElasticsearchCluster {
  /** Of the hot node. */
  readonly url: string
  /** Of a repository that all nodes reach. */
  readonly snapshotDir: string
  /** As when its machine is lost, but for the disk. */
  kill(name: NodeName): Promise<void>
  start(name: NodeName): Promise<void>
  /** Removes all data. */
  stop(): Promise<void>
}

/** Needs some 1.5 GB of memory. Rejects when a node is not ready in five minutes. */
export async function startElasticsearchCluster(onProgress: OnProgress): Promise<ElasticsearchCluster> {
  const [home, user, java] = [await fetchServer(onProgress), await engineUser(), await findJava(onProgress)]
  const root = ownedDir(await mkdtemp(join(tmpdir(), 'elasticsearch-cluster-')), user)
  const snapshotDir = join(root, 'snapshots')
  const http = await freePorts(...names)
  const transport = await freePorts(...names)
  const seeds = names.map((name) => `127.0.0.1:${transport[name]}`)
  const urlOf = (name: NodeName) => `http://127.0.0.1:${http[name]}`
  const running = new Map<NodeName, ManagedProcess>()

  async function configure(name: NodeName): Promise<void> {
    const dir = join(root, name)
    await cp(join(home, 'config'), join(dir, 'config'), { recursive: true })
    await Promise.all(['data', 'logs', 'tmp'].map((part) => mkdir(join(dir, part))))
    const settings = {
      ...{ 'cluster.name': 'tiers', 'node.name': name, 'node.roles': roles[name] },
      ...{ 'path.data': join(dir, 'data'), 'path.logs': join(dir, 'logs'), 'path.repo': [snapshotDir] },
      ...{ 'network.host': '127.0.0.1', 'http.port': http[name], 'transport.port': transport[name] },
      ...{ 'discovery.seed_hosts': seeds, 'cluster.initial_master_nodes': names },
      ...{ 'xpack.security.enabled': false, 'cluster.routing.allocation.disk.threshold_enabled': false },
    }
    const distributed = await readFile(join(home, 'config', 'jvm.options'), 'utf8')
    const files = {
      // JSON is YAML.
      'elasticsearch.yml': JSON.stringify(settings),
      'jvm.options': jvmOptions(distributed, '300m'),
      'log4j2.properties': loggingProperties,
    }
    for (const [file, text] of Object.entries(files)) await writeFile(join(dir, 'config', file), text)
  }

  function launch(name: NodeName): ManagedProcess {
    const dir = join(root, name)
    const started = startProcess(
      {
        name: `elasticsearch ${name}`,
        ...{ command: join(home, 'bin', 'elasticsearch'), args: [], cwd: dir, user, port: http[name] },
        env: {
          ...{ PATH: process.env.PATH, ES_JAVA_HOME: java.home },
          ...{ ES_PATH_CONF: join(dir, 'config'), ES_TMPDIR: join(dir, 'tmp') },
        },
        logFile: join(root, `${name}.log`),
        isReady: async () => {
          const health = `${urlOf(name)}/_cluster/health?wait_for_nodes=${names.length}&timeout=1s`
          return (await fetch(health, { signal: AbortSignal.timeout(3_000) })).ok
        },
        ...{ readyWithinMs: 300_000, stopWithinMs: 30_000 },
      },
      (how) => onProgress(`the node ${name} ended (${how})`),
    )
    running.set(name, started)
    return started
  }

  async function stop(): Promise<void> {
    await Promise.all([...running.values()].map((node) => node.stop()))
    await rm(root, { recursive: true, force: true })
  }

  try {
    await mkdir(snapshotDir)
    for (const name of names) await configure(name)
    if (user !== undefined) await run({ command: 'chown', args: ['-R', `${user.uid}:${user.gid}`, root] })
    await Promise.all(names.map((name) => launch(name).waitUntilReady()))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...{ url: urlOf('hot'), snapshotDir, stop },
    async kill(name) {
      running.get(name)?.kill('SIGKILL')
      await running.get(name)?.gone
    },
    start: (name) => launch(name).waitUntilReady(),
  }
}
