// Elasticsearch as a single node with security on: the official server, never as root.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from '@elastic/elasticsearch'
import { cached } from '../cache.ts'
import type { EngineTls } from '../engine-certificates.ts'
import { type OnProgress, step } from '../progress.ts'
import { run, type UserIds } from '../run.ts'
import { cacheDir } from '../settings.ts'
import { findJava, findMaven, findUnzip } from '../tools.ts'
import { engineUser, ownedDir, reachableDir, sharedProgramDir } from '../unprivileged.ts'
import { elasticsearchYaml, jvmOptions, loggingProperties, usersAndRoles } from './elasticsearch-config.ts'
import type { Engine } from './engine.ts'

const version = '8.19.21'
const artifact = `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${version}:zip`
const zipSha256 = '215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a'
const superuser = 'elastic'

export const elasticsearch: Engine = {
  name: 'elasticsearch',
  variables: [
    'ELASTICSEARCH_URL',
    ...['ELASTICSEARCH_USERNAME', 'ELASTICSEARCH_PASSWORD', 'ELASTICSEARCH_CA_FILE'],
  ],
  dataDirs: (dataDir) => [reachableDir(join(dataDir, 'elasticsearch'))],
  prepare: async ({ dataDir, logDir, ports, secrets, tls, onProgress }) => {
    const [home, user] = [await fetchServer(onProgress), await engineUser()]
    const dir = ownedDir(join(dataDir, 'elasticsearch'), user)
    const port = await ports('elasticsearch')
    const transportPort = await ports('elasticsearch-transport')
    const env = {
      PATH: process.env.PATH,
      ES_JAVA_HOME: (await findJava(onProgress)).home,
      ES_PATH_CONF: join(dir, 'config'),
      ES_TMPDIR: join(dir, 'tmp'),
    }
    const password = secrets('elasticsearch')
    await configure({ home, dir, user, env, password, port, transportPort, tls, onProgress })
    const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
    return {
      env: {
        ...{ ELASTICSEARCH_URL: url, ELASTICSEARCH_USERNAME: superuser, ELASTICSEARCH_PASSWORD: password },
        ...(tls && { ELASTICSEARCH_CA_FILE: tls.authorityFile }),
      },
      plan: {
        name: 'elasticsearch',
        command: join(home, 'bin', 'elasticsearch'),
        args: [],
        cwd: dir,
        env,
        user,
        port,
        logFile: join(logDir, 'elasticsearch.log'),
        isReady: () => isServing({ url, password, tls }),
        readyWithinMs: 300_000,
        stopWithinMs: 30_000,
      },
    }
  },
}

export const fetchServer = async (onProgress: OnProgress): Promise<string> => {
  const fill = async (dir: string) => {
    const [mvn, unzip] = [await findMaven(onProgress), await findUnzip(onProgress)]
    const args = ['-q', '-B', '-C', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${dir}`]
    await step(onProgress, `Elasticsearch ${version}: downloading 107 MB`, () =>
      run({ command: mvn, args, cwd: dir }),
    )
    const zip = join(dir, `elasticsearch-${version}.zip`)
    const found = await sha256(zip)
    if (found !== zipSha256)
      throw new Error(`Elasticsearch ${version}: the download has SHA-256 ${found}, not ${zipSha256}`)
    await step(onProgress, `Elasticsearch ${version}: unpacking`, () =>
      run({ command: unzip, args: ['-q', zip, '-d', dir] }),
    )
    await rm(zip)
    await rename(join(dir, `elasticsearch-${version}`), join(dir, 'home'))
  }
  const root = sharedProgramDir(cacheDir())
  return join(await cached({ name: `elasticsearch-${version}`, root, fill, onProgress }), 'home')
}

const sha256 = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

type Configuration = {
  home: string
  dir: string
  user: UserIds | undefined
  env: NodeJS.ProcessEnv
  password: string
  port: number
  transportPort: number
  tls: EngineTls | undefined
  onProgress: OnProgress
}

/** The superuser's password stays as it is at a second start; all else is written anew. */
const configure = async ({
  home,
  dir,
  user,
  env,
  onProgress,
  tls,
  ...settings
}: Configuration): Promise<void> => {
  const config = join(dir, 'config')
  if (!existsSync(config)) await cp(join(home, 'config'), config, { recursive: true })
  await Promise.all(['data', 'logs', 'tmp'].map((name) => mkdir(join(dir, name), { recursive: true })))
  await writeFile(
    join(config, 'elasticsearch.yml'),
    elasticsearchYaml({ dir, ...settings, tls: tls !== undefined }),
  )
  if (tls !== undefined) {
    await writeFile(join(config, 'engine.pem'), tls.certificate)
    await writeFile(join(config, 'engine-key.pem'), tls.key, { mode: 0o600 })
    for (const [name, text] of Object.entries(usersAndRoles(settings.password)))
      await writeFile(join(config, name), text, { mode: 0o600 })
  }
  await writeFile(
    join(config, 'jvm.options'),
    jvmOptions(await readFile(join(home, 'config', 'jvm.options'), 'utf8')),
  )
  await writeFile(join(config, 'log4j2.properties'), loggingProperties)
  if (user !== undefined) await run({ command: 'chown', args: ['-R', `${user.uid}:${user.gid}`, dir] })
  // Written last: an interrupted first start is begun anew.
  const configured = join(config, 'password-is-set')
  if (existsSync(configured)) return
  const keystore = (args: string[], input = '') =>
    run({ command: join(home, 'bin', 'elasticsearch-keystore'), args, env, user, input, cwd: dir })
  await step(onProgress, 'Elasticsearch: setting the password', async () => {
    await rm(join(config, 'elasticsearch.keystore'), { force: true })
    await keystore(['create'])
    await keystore(['add', '-x', 'bootstrap.password'], settings.password)
    await writeFile(configured, '')
  })
}

type Asking = { url: string; password: string; tls: EngineTls | undefined }

const isServing = async ({ url, password, tls }: Asking): Promise<boolean> => {
  const client = new Client({
    ...{ node: url, auth: { username: superuser, password }, maxRetries: 0, requestTimeout: 3_000 },
    ...(tls && { tls: { ca: tls.authority } }),
  })
  try {
    return !(await client.cluster.health({ wait_for_status: 'yellow', timeout: '1s' })).timed_out
  } finally {
    await client.close()
  }
}
