// A file queue in a folder of its own, which may lose power after some steps of its file system.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileQueueOptions, openFileQueue } from '../file-queue.ts'
import type { Files } from '../files.ts'
import { nodeFiles } from '../node/index.ts'

export interface TemporaryFolder {
  readonly path: string
  readonly files: Files
  open(options?: Partial<FileQueueOptions>): ReturnType<typeof openFileQueue>
  remove(): Promise<void>
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'queue-'))
  const files = nodeFiles(folder)
  return {
    path: folder,
    files,
    open: (options) => openFileQueue({ files, ...options }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The same files until the power goes, in the midst of a step: of a write, that part is on the disk. */
export function losingPower(files: Files, { afterSteps, written }: { afterSteps: number; written: number }) {
  let steps = 0
  async function step<T>(action: () => Promise<T>, last: () => Promise<void> = async () => {}): Promise<T> {
    if (steps++ === afterSteps) await last()
    if (steps > afterSteps) throw new Error('power lost')
    return action()
  }
  const dying: Files = {
    list: files.list,
    read: files.read,
    write: (path, bytes) =>
      step(
        () => files.write(path, bytes),
        () => files.write(path, bytes.subarray(0, Math.floor(bytes.length * written))),
      ),
    rename: (from, to) => step(() => files.rename(from, to)),
    remove: (path) => step(() => files.remove(path)),
  }
  return dying
}
