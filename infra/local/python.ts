// Python with packages, for tests by programs that nobody here wrote.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './cache.ts'
import type { OnProgress } from './progress.ts'
import { run } from './run.ts'
import { findPython } from './tools.ts'

type Environment = {
  /** For people. Environments are told apart by what their requirements say. */
  name: string
  /** Path of a file of pinned packages, as pip reads it. */
  requirements: string
  onProgress: OnProgress
}

/** Path of the Python of a virtual environment in the cache: made once, and without the network from then on. */
export const pythonWith = async ({ name, requirements, onProgress }: Environment): Promise<string> => {
  const python = await findPython(onProgress)
  const { stdout: version } = await run({
    command: python,
    args: ['-c', 'import sys; print(*sys.version_info[:2])'],
  })
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  const dir = await cached({
    name: `${name}-${digest.slice(0, 12)}-python-${version.trim().replace(' ', '.')}`,
    onProgress,
    fill: async (dir) => {
      onProgress(`installing ${name}`)
      await run({ command: python, args: ['-m', 'venv', dir] })
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
      await run({ command: join(dir, 'bin', 'python'), args: [...pip, '--requirement', requirements] })
    },
  })
  return join(dir, 'bin', 'python')
}
