// A small disk of its own for an engine's data folder: a file system in memory that can be made full and freed again.
import { chmodSync, mkdirSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../infra/local/run.ts'

export interface SmallDisk {
  /**
   * Takes every byte and then, for so long, those that become free; at the end gives all of them back. Rejects when `signal`
   * aborts, or when the disk is not full within a minute.
   */
  fill(of: { forMs: number; signal: AbortSignal }): Promise<void>
  unmount(): Promise<void>
}

// More than twice what RabbitMQ wants to have free (infra/local/engines/rabbitmq-config.ts).
const size = '1536m'
/** So much at once that a busy event loop takes few turns for all of it. */
const zeros = Buffer.alloc(64 * 1024 * 1024)
const smallestPieceBytes = 512
const fullWithinMs = 60_000
const fillEveryMs = 250

export async function mountSmallDisk(folder: string): Promise<SmallDisk> {
  mkdirSync(folder, { recursive: true })
  await run({ command: 'mount', args: ['-t', 'tmpfs', '-o', `size=${size}`, 'chaos', folder] })
  // Whoever the engine runs as finds its way in; its own folder is closed by itself.
  chmodSync(folder, 0o755)
  return {
    fill: (of) => fill(join(folder, 'filler'), of),
    unmount: async () => void (await run({ command: 'umount', args: ['--lazy', folder] })),
  }
}

async function fill(path: string, { forMs, signal }: { forMs: number; signal: AbortSignal }): Promise<void> {
  const filler = await open(path, 'w')
  const write = (piece: Uint8Array) => {
    signal.throwIfAborted()
    return appended(filler, piece)
  }
  try {
    if (!(await takeAll(write, performance.now() + fullWithinMs))) {
      throw new Error(`there is still room beside ${path} after ${fullWithinMs / 1_000} s`)
    }
    const endMs = performance.now() + forMs
    while (performance.now() < endMs) {
      await sleep(fillEveryMs, undefined, { signal })
      await takeAll(write, endMs)
    }
  } finally {
    await filler.close()
    await rm(path)
  }
}

/**
 * Writes ever smaller pieces; true when there was no room for the smallest one. Whoever frees at the same pace does not hold it
 * up for longer than until `endMs`.
 */
export async function takeAll(
  write: (piece: Uint8Array) => Promise<boolean>,
  endMs: number,
): Promise<boolean> {
  let bytes = zeros.length
  while (bytes >= smallestPieceBytes && performance.now() < endMs) {
    if (!(await write(zeros.subarray(0, bytes)))) bytes /= 2
  }
  return bytes < smallestPieceBytes
}

/** False when the disk has no room for it. */
async function appended(filler: FileHandle, piece: Uint8Array): Promise<boolean> {
  try {
    return (await filler.write(piece)).bytesWritten === piece.length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    return false
  }
}
