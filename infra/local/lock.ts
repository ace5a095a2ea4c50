// A lock between processes that a dead owner cannot hold: a file that names the owner's identity.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

type LockOptions = { path: string; timeoutMs: number; onWait?: (owner: ProcessIdentity) => void }

const pollMs = 200

/** Runs `work` while holding the lock; fails when another live process holds it past the timeout. */
export const withLock = async <T>(options: LockOptions, work: () => Promise<T>): Promise<T> => {
  const release = await acquireLock(options)
  try {
    return await work()
  } finally {
    await release()
  }
}

export const acquireLock = async ({ path, timeoutMs, onWait }: LockOptions): Promise<() => Promise<void>> => {
  await mkdir(dirname(path), { recursive: true })
  const deadline = Date.now() + timeoutMs
  let told = false
  while (!(await tryAcquire(path))) {
    const owner = await readOwner(path)
    if (owner === undefined || !isAlive(owner)) {
      await removeStale(path)
      continue
    }
    if (Date.now() >= deadline)
      throw new Error(`process ${owner.pid} holds ${path}; try again when it has ended`)
    if (!told) onWait?.(owner)
    told = true
    await sleep(pollMs)
  }
  return () => rm(path, { force: true })
}

/** A hard link appears with its content complete, so nobody ever reads a half-written owner. */
const tryAcquire = async (path: string): Promise<boolean> => {
  const draft = besides(path)
  await writeFile(draft, JSON.stringify(identify(process.pid)))
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Between judging and removing, another process may have taken the lock: then it gets it back. */
const removeStale = async (path: string): Promise<void> => {
  const aside = besides(path)
  try {
    await rename(path, aside)
  } catch {
    return
  }
  const owner = await readOwner(aside)
  if (owner !== undefined && isAlive(owner)) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

const readOwner = async (path: string): Promise<ProcessIdentity | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

const besides = (path: string): string => `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
