// k6: the one of the environment, on the PATH or in the cache; else built from its sources, which takes some minutes once.
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cached, findCached } from '../../infra/local/cache.ts'
import { type OnProgress, step } from '../../infra/local/progress.ts'
import { run } from '../../infra/local/run.ts'
import { findGo, onPath } from '../../infra/local/tools.ts'
import { fetchGo } from './go-toolchain.ts'

const version = '1.8.1'
const entry = `k6-${version}`
const oldestMajor = 1

/** Path of a k6 that runs. */
export async function obtainK6(onProgress: OnProgress): Promise<string> {
  const found = await findK6()
  if (found !== undefined) return found
  const go = await findGo(onProgress)
  const fill = (dir: string) => step(onProgress, `building k6 ${version}, once`, () => build(go, dir))
  return join(await cached({ name: entry, fill, onProgress }), 'k6')
}

/** Without building one. */
export async function findK6(): Promise<string | undefined> {
  const named = process.env.K6
  if (named !== undefined && named !== '') {
    const fault = await faultOf(named)
    if (fault === undefined) return named
    throw new Error(`K6 names ${named}, which is no k6 ${oldestMajor}.x: ${fault}`)
  }
  const fromPath = onPath('k6')
  if (fromPath !== undefined && (await faultOf(fromPath)) === undefined) return fromPath
  const dir = await findCached(entry)
  return dir === undefined ? undefined : join(dir, 'k6')
}

async function faultOf(command: string): Promise<string | undefined> {
  if (!existsSync(command)) return 'no such file'
  try {
    const { stdout } = await run({ command, args: ['version'] })
    const major = Number(/^k6(?:\.exe)? v(\d+)/.exec(stdout)?.[1])
    return major >= oldestMajor ? undefined : stdout.trim()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Everything but the program itself is removed again. */
async function build(go: string, dir: string): Promise<void> {
  const work = join(dir, 'build')
  await mkdir(work)
  const env = {
    ...process.env,
    GOPATH: join(work, 'path'),
    GOCACHE: join(work, 'cache'),
    GOBIN: dir,
    // Writable, so that the modules can be removed.
    GOFLAGS: '-modcacherw -trimpath',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
  }
  const compiler = await fetchGo(go, env)
  const { GOROOT: _, ...own } = env as NodeJS.ProcessEnv
  await run({ command: compiler, args: ['install', `go.k6.io/k6@v${version}`], env: own })
  await rm(work, { recursive: true })
}
