// The Go compiler that k6 needs, fetched as the Go module it is published as; the Go of a distribution, however old, can do that.
import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../infra/local/run.ts'

const version = 'go1.26.8'
const architectures: Readonly<Partial<Record<NodeJS.Architecture, string>>> = { x64: 'amd64', arm64: 'arm64' }

/** Path of its `go`. `go` fetches it, checks its sum, and leaves it in the module cache of `env`. */
export async function fetchGo(go: string, env: NodeJS.ProcessEnv): Promise<string> {
  const architecture = architectures[process.arch]
  if (architecture === undefined || process.platform !== 'linux') {
    throw new Error(
      `no Go is published for ${process.platform} ${process.arch}; install k6 and put it on the PATH`,
    )
  }
  const module = `golang.org/toolchain@v0.0.1-${version}.linux-${architecture}`
  const { stdout } = await run({ command: go, args: ['mod', 'download', '-json', module], env })
  const { Dir: dir } = JSON.parse(stdout) as { Dir: string }
  await makeExecutable(dir)
  return join(dir, 'bin', 'go')
}

/** Modules carry no permissions. */
async function makeExecutable(dir: string): Promise<void> {
  for (const folder of ['bin', 'pkg/tool']) {
    const entries = await readdir(join(dir, folder), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    await Promise.all(files.map(({ parentPath, name }) => chmod(join(parentPath, name), 0o755)))
  }
}
