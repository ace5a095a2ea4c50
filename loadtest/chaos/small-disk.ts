// A small disk of its own for an engine's data folder: a file system in memory that can be made full and freed again.
import { chmodSync, mkdirSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../infra/local/run.ts'

export interface SmallDisk {
  /**
   * Takes every byte, and those that become free, for so long or until `signal` aborts; then gives all of them back. Rejects when
   * it was aborted, or when the disk was never full.
   */
  fill(of: { forMs: number; signal: AbortSignal }): Promise<void>
  unmount(): Promise<void>
}

// More than twice what RabbitMQ wants to have free (infra/local/engines/rabbitmq-config.ts).
const size = '1536m'
const pieceBytes = 4 * 1024 * 1024
const smallestPieceBytes = 512
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
  const endMs = performance.now() + forMs
  const filler = await open(path, 'w')
  let wasFull = false
  try {
    while (performance.now() < endMs && !signal.aborted) {
      const isFull = await takeAll((piece) => appended(filler, piece), endMs)
      wasFull ||= isFull
      await sleep(fillEveryMs, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    await filler.close()
    await rm(path)
  }
  signal.throwIfAborted()
  if (!wasFull) throw new Error(`there was always room left for ${path}`)
}

/**
 * Writes ever smaller pieces; true when there was no room for the smallest one. Whoever frees at the same pace does not hold it
 * up for longer than until `endMs`.
 */
export async function takeAll(
  write: (piece: Uint8Array) => Promise<boolean>,
  endMs: number,
): Promise<boolean> {
  let bytes = pieceBytes
  while (bytes >= smallestPieceBytes && performance.now() < endMs) {
    if (!(await write(Buffer.alloc(bytes)))) bytes /= 2
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
