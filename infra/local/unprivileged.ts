// Engines that refuse to run as root: the system user they run as, and folders that user can reach.
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { run, type UserIds } from './run.ts'

const userName = 'mobility-engines'
const sharedStateDir = '/var/lib/micro-mobility-cloud'

export const isRoot = (): boolean => process.getuid?.() === 0

/** The user for engines that refuse root, made on first need; undefined when we are not root anyway. */
export const engineUser = async (): Promise<UserIds | undefined> => {
  if (!isRoot()) return undefined
  const known = await lookUp()
  if (known !== undefined) return known
  try {
    await run({
      command: 'useradd',
      args: ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', userName],
    })
  } catch (error) {
    // A second stack may have made it a moment ago.
    const made = await lookUp()
    if (made !== undefined) return made
    throw new Error(
      `Elasticsearch and PostgreSQL refuse to run as root and the user ${userName} could not be made: ` +
        `start as another user, or type: useradd --system ${userName}`,
      { cause: error },
    )
  }
  return await lookUp()
}

const lookUp = async (): Promise<UserIds | undefined> => {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run({ command: 'id', args: [flag, userName] })).stdout)),
    )
    return uid === undefined || gid === undefined ? undefined : { uid, gid }
  } catch {
    return undefined
  }
}

/** Whether every folder on the way lets strangers pass: a clone in root's home does not. */
export const reachableByOthers = (path: string): boolean => {
  for (let current = resolve(path); ; current = dirname(current)) {
    const stat = statSync(current, { throwIfNoEntry: false })
    if (stat !== undefined && (stat.mode & 0o001) === 0) return false
    if (current === dirname(current)) return true
  }
}

/**
 * Where an engine that refuses root keeps its data. When its user cannot reach `dir`, that is in the system's
 * state directory, under a name derived from `dir`, so that the next start finds it again.
 */
export const reachableDir = (dir: string): string =>
  !isRoot() || reachableByOthers(dirname(dir))
    ? dir
    : join(sharedStateDir, createHash('sha256').update(dir).digest('hex').slice(0, 12))

/** Makes the folder at that place, owned by the engine's user and closed to all others. */
export const ownedDir = (dir: string, user: UserIds | undefined): string => {
  const path = reachableDir(dir)
  mkdirSync(path, { recursive: true })
  if (user !== undefined) {
    chownSync(path, user.uid, user.gid)
    chmodSync(path, 0o700)
  }
  return path
}

/** Where a program kept in `dir` can be read by the engine's user: there, or in the system's directory. */
export const sharedProgramDir = (dir: string): string =>
  !isRoot() || reachableByOthers(dir) ? dir : join(sharedStateDir, 'cache')
