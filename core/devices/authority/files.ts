// Files of the authority's folder: whole or not there.
import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'

/** Undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Of several who create it at once, one wins; true for that one. Its owner only may read it. */
export async function createSecret(path: string, text: string): Promise<boolean> {
  const beside = await writeBeside(path, text, 0o600)
  try {
    await link(beside, path)
    return true
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
    return false
  } finally {
    await rm(beside)
  }
}

export async function replaceSecret(path: string, text: string): Promise<void> {
  await rename(await writeBeside(path, text, 0o600), path)
}

export async function replaceFile(path: string, text: string): Promise<void> {
  await rename(await writeBeside(path, text, 0o644), path)
}

/** Whole under another name first: nobody ever reads half a file. */
async function writeBeside(path: string, text: string, mode: number): Promise<string> {
  const beside = `${path}.${randomUUID()}`
  await writeFile(beside, text, { mode, flag: 'wx' })
  return beside
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
