// The file system of Node, for the file queue.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Files } from '../files.ts'

export function nodeFiles(root: string): Files {
  const at = (path: string) => join(root, path)

  return {
    list: (folder) => absentAs([], readdir(at(folder))),
    read: (path) =>
      absentAs(
        undefined,
        readFile(at(path)).then((buffer) => new Uint8Array(buffer)),
      ),
    write: async (path, bytes) => {
      await mkdir(dirname(at(path)), { recursive: true })
      const file = await open(at(path), 'w')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    rename: async (from, to) => {
      await mkdir(dirname(at(to)), { recursive: true })
      await rename(at(from), at(to))
      await syncFolder(dirname(at(to)))
    },
    remove: (path) => rm(at(path), { force: true }),
  }
}

async function absentAs<T, U>(absent: U, result: Promise<T>): Promise<T | U> {
  try {
    return await result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent
    throw error
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
