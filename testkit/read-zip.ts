// Archives as Python's zipfile reads them, which knows nothing of the library that writes ours.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toStderr } from '../infra/local/index.ts'
import { run } from '../infra/local/run.ts'
import { findPython } from '../infra/local/tools.ts'

const longestMs = 60_000

/** Reading a file checks its CRC. */
const program = `
import base64, json, sys, zipfile

def read(path):
    with zipfile.ZipFile(path) as archive:
        return [[i.filename, base64.b64encode(archive.read(i)).decode()] for i in archive.infolist()]

with open(sys.argv[1], 'w') as answer:
    json.dump([read(path) for path in sys.argv[2:]], answer)
`

/** Of each archive the files by their paths, in its order. */
export async function readZips(archives: readonly Uint8Array[]): Promise<Map<string, Buffer>[]> {
  const dir = await mkdtemp(join(tmpdir(), 'zip-'))
  const paths = archives.map((_, i) => join(dir, `${i}.zip`))
  try {
    await Promise.all(paths.map((path, i) => writeFile(path, archives[i] as Uint8Array)))
    const python = await findPython(toStderr)
    const signal = AbortSignal.timeout(longestMs)
    // Of what a program prints, only the end is kept.
    const answer = join(dir, 'read.json')
    await run({ command: python, args: ['-c', program, answer, ...paths], signal })
    const read = JSON.parse(await readFile(answer, 'utf8')) as [path: string, base64: string][][]
    return read.map((files) => new Map(files.map(([path, base64]) => [path, Buffer.from(base64, 'base64')])))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
