// A ZIP archive as it flows. Compression runs beside the event loop. What exceeds 4 GiB or 65,535 files is written as Zip64.
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile } from 'yazl'

export interface ZipEntry {
  /** Relative, with `/` between folders: `rides/2026-11-03.gpx`. */
  readonly path: string
  readonly modifiedAtMs: number
  readonly bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

/**
 * The archive of the entries, which are asked for one after the other, each when the one before was read to its end. In memory are one
 * chunk of a file and what streams buffer (less than 1 MiB), and about 300 bytes for each entry, which the end of the archive lists.
 *
 * Throws what entries and their bytes throw, and an Error for a path that comes twice or leads out of the archive. The archive is broken
 * then: it lacks its end, so that no program takes it for complete. Who stops reading ends the entries and the bytes of the current one.
 */
export async function* zip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const archive = new ZipFile()
  const output = archive.outputStream as Readable
  const reading = new AbortController()
  const written = write(archive, entries, reading.signal).catch((error) => void output.destroy(error))
  try {
    yield* output
  } finally {
    reading.abort()
    await written
  }
}

async function write(archive: ZipFile, entries: AsyncIterable<ZipEntry>, signal: AbortSignal): Promise<void> {
  const paths = new Set<string>()
  for await (const { path, modifiedAtMs, bytes } of entries) {
    if (paths.has(path)) throw new Error(`the archive has two files ${path}`)
    paths.add(path)
    const file = Readable.from(bytes, { objectMode: false, signal })
    archive.addReadStream(file, path, { mtime: new Date(modifiedAtMs) })
    await finished(file)
  }
  archive.end()
}
