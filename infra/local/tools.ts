// The programs a stranger's machine may lack: found, or installed where that is possible, or asked for in one sentence.
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type OnProgress, step } from './progress.ts'
import { run } from './run.ts'
import { isRoot, reachableByOthers } from './unprivileged.ts'

type Tool<T> = {
  name: string
  find: () => Promise<T | undefined>
  /** Debian's names, the first that installs wins: what is called how differs between releases. */
  packages: readonly string[]
  /** What the package starts as a service of the system; nobody asked for that. */
  service?: string
}

export type Java = { home: string; command: string }

const oldestJava = 17

const java: Tool<Java> = {
  name: `Java ${oldestJava} or newer`,
  find: async () => {
    for (const home of javaHomes()) {
      const found = await inspectJava(join(home, 'bin', 'java'))
      if (found !== undefined) return found
    }
    return undefined
  },
  packages: ['openjdk-17-jre-headless', 'openjdk-21-jre-headless', 'default-jre-headless'],
}

const maven: Tool<string> = { name: 'Maven (mvn)', find: async () => onPath('mvn'), packages: ['maven'] }
/** Of any age: it only has to fetch modules. */
const go: Tool<string> = {
  name: 'Go',
  find: async () => onPath('go') ?? ['/usr/local/go/bin/go'].find((path) => existsSync(path)),
  packages: ['golang-go'],
}
/** Debian's package has the name of its command. */
const packaged = (name: string): Tool<string> => ({ name, find: async () => onPath(name), packages: [name] })

/** One that can make virtual environments, which Debian packs apart. */
const python: Tool<string> = {
  name: 'Python 3.11 or newer with venv',
  find: async () => {
    const found = onPath('python3')
    const test = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
    const fits =
      found !== undefined &&
      (await run({ command: found, args: ['-c', test] }).then(
        () => true,
        () => false,
      ))
    return fits ? found : undefined
  },
  packages: ['python3-venv'],
}

const rabbitMq: Tool<string> = {
  name: 'RabbitMQ',
  find: async () => rabbitMqServers().find((path) => existsSync(path)),
  packages: ['rabbitmq-server'],
  service: 'rabbitmq-server',
}

const chromium: Tool<string> = {
  name: 'Chromium',
  find: async () => process.env.CHROMIUM_PATH ?? onPath('chromium'),
  packages: ['chromium'],
}

export const findJava = (onProgress: OnProgress): Promise<Java> => obtain(java, onProgress)
export const findMaven = (onProgress: OnProgress): Promise<string> => obtain(maven, onProgress)
export const findGo = (onProgress: OnProgress): Promise<string> => obtain(go, onProgress)
export const findMmdebstrap = (onProgress: OnProgress): Promise<string> =>
  obtain(packaged('mmdebstrap'), onProgress)
export const findPodman = (onProgress: OnProgress): Promise<string> => obtain(packaged('podman'), onProgress)
export const findRunc = (onProgress: OnProgress): Promise<string> => obtain(packaged('runc'), onProgress)
export const findUnzip = (onProgress: OnProgress): Promise<string> => obtain(packaged('unzip'), onProgress)
export const findPython = (onProgress: OnProgress): Promise<string> => obtain(python, onProgress)
/** The browser of CHROMIUM_PATH, else the one on the PATH. */
export const findChromium = (onProgress: OnProgress): Promise<string> => obtain(chromium, onProgress)
/** The server's own script; the one that Debian puts on the PATH insists on its own user, folders and log. */
export const findRabbitMq = (onProgress: OnProgress): Promise<string> => obtain(rabbitMq, onProgress)

const obtain = async <T>(tool: Tool<T>, onProgress: OnProgress): Promise<T> => {
  const found = await tool.find()
  if (found !== undefined) return found
  const canInstall = isRoot() && onPath('apt-get') !== undefined
  if (canInstall) await installAny(tool, onProgress)
  const installed = await tool.find()
  if (installed !== undefined) return installed
  const [suggested] = tool.packages
  throw new Error(`${tool.name} is missing; on Debian or Ubuntu type: sudo apt-get install -y ${suggested}`)
}

const installAny = async (tool: Tool<unknown>, onProgress: OnProgress): Promise<void> => {
  const apt = (...args: string[]) =>
    run({
      command: 'apt-get',
      args: ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  const installs = (name: string) =>
    apt('install', '-y', '--no-install-recommends', name).then(
      () => true,
      () => false,
    )
  await step(onProgress, `installing ${tool.name} with apt-get`, async () => {
    await apt('update').catch(() => undefined)
    for (const name of tool.packages) if (await installs(name)) break
    if (tool.service === undefined) return
    // Without systemd there is no service, nor anything to stop.
    await run({ command: 'systemctl', args: ['disable', '--now', tool.service] }).catch(() => undefined)
  })
}

export const onPath = (command: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((dir) => join(dir, command))
    .find((path) => existsSync(path))

const rabbitMqServers = (): string[] => {
  const installedIn = '/usr/lib/rabbitmq/lib'
  const fromPath = onPath('rabbitmq-server')
  return [
    ...(existsSync(installedIn) ? readdirSync(installedIn) : []).map((name) =>
      join(installedIn, name, 'sbin', 'rabbitmq-server'),
    ),
    ...(fromPath === undefined || fromPath.startsWith('/usr/sbin/') ? [] : [realpathSync(fromPath)]),
  ]
}

const javaHomes = (): string[] => {
  const fromPath = onPath('java')
  const installedIn = '/usr/lib/jvm'
  return [
    process.env.JAVA_HOME,
    fromPath === undefined ? undefined : join(realpathSync(fromPath), '..', '..'),
    ...(existsSync(installedIn) ? readdirSync(installedIn).map((name) => join(installedIn, name)) : []),
  ].filter((home): home is string => home !== undefined && home !== '')
}

/** As root, Elasticsearch runs as another user: a Java in root's home is then of no use. */
const inspectJava = async (command: string): Promise<Java | undefined> => {
  if (!existsSync(command) || (isRoot() && !reachableByOthers(realpathSync(command)))) return undefined
  try {
    const { stderr } = await run({ command, args: ['-XshowSettings:properties', '-version'] })
    const home = /java\.home = (.*)/.exec(stderr)?.[1]
    const major = Number(/java\.specification\.version = (\d+)/.exec(stderr)?.[1])
    return home !== undefined && major >= oldestJava
      ? { home, command: join(home, 'bin', 'java') }
      : undefined
  } catch {
    return undefined
  }
}
