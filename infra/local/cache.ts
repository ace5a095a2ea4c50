// Downloads and unpacked programs, kept outside the clone: complete or absent, never half there.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withLock } from './lock.ts'
import type { OnProgress } from './progress.ts'
import { cacheDir } from './settings.ts'

type CacheEntry = {
  /** Folder name in the cache; it carries the version, so that versions never mix. */
  name: string
  /** Fills an empty folder; called again, into a fresh one, when it fails. */
  fill: (dir: string) => Promise<void>
  onProgress: OnProgress
  root?: string
}

const attempts = 3
const lockTimeoutMs = 15 * 60_000
const manifestName = '.complete.json'

/** Path of the entry's folder, filled first if needed. Two processes at once fill it once. */
export const cached = async ({ name, fill, onProgress, root = cacheDir() }: CacheEntry): Promise<string> => {
  const dir = join(root, name)
  if (await isComplete(dir)) return dir
  const onWait = () => onProgress(`waiting: another process is preparing ${name}`)
  return withLock({ path: `${dir}.lock`, timeoutMs: lockTimeoutMs, onWait }, async () => {
    if (await isComplete(dir)) return dir
    await fillWithRetries(dir, fill, onProgress)
    return dir
  })
}

/** Path of the entry's folder if it is there, complete. */
export const findCached = async (name: string, root = cacheDir()): Promise<string | undefined> => {
  const dir = join(root, name)
  return (await isComplete(dir)) ? dir : undefined
}

const fillWithRetries = async (
  dir: string,
  fill: CacheEntry['fill'],
  onProgress: OnProgress,
): Promise<void> => {
  const draft = `${dir}.partial`
  for (let attempt = 1; ; attempt++) {
    try {
      await rm(draft, { recursive: true, force: true })
      await mkdir(draft, { recursive: true, mode: 0o755 })
      await fill(draft)
      break
    } catch (error) {
      if (attempt === attempts) throw error
      onProgress(`attempt ${attempt} of ${attempts} failed, again in ${attempt * 2} s: ${firstLine(error)}`)
      await sleep(attempt * 2000)
    }
  }
  await writeFile(join(draft, manifestName), JSON.stringify(await sizesOf(draft)))
  await rm(dir, { recursive: true, force: true })
  await rename(draft, dir)
}

/** The manifest is written last and lists every file with its size: a lost or cut file is noticed. */
const isComplete = async (dir: string): Promise<boolean> => {
  try {
    const expected = JSON.parse(await readFile(join(dir, manifestName), 'utf8')) as Record<string, number>
    const sizes = await Promise.all(
      Object.keys(expected).map(async (file) => (await stat(join(dir, file))).size),
    )
    return Object.values(expected).every((size, index) => size === sizes[index])
  } catch {
    return false
  }
}

const sizesOf = async (dir: string): Promise<Record<string, number>> => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const sizes = files.map(async (file) => [file.slice(dir.length + 1), (await stat(file)).size] as const)
  return Object.fromEntries(await Promise.all(sizes))
}

const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n')[0] ?? ''
