// Builds the image: gathers production packages and the sources that run, and adds them to a base.
import { chmod, copyFile, cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cached } from '../local/cache.ts'
import { type OnProgress, step } from '../local/progress.ts'
import { run } from '../local/run.ts'
import { repositoryDir } from '../local/settings.ts'
import { findMmdebstrap } from '../local/tools.ts'
import { isInImage, isOfNoUseAtRunTime } from './contents.ts'
import { imageDir, podman } from './podman.ts'

/** As OCI names an architecture, and as Node.js does. */
export const architectures = { amd64: 'x64', arm64: 'arm64' } as const
export type Architecture = keyof typeof architectures

export type ImagePlan = {
  tag: string
  architecture: Architecture
  /** An image with Node.js 24 and the libraries of Debian; by default one is made here. */
  base?: string | undefined
}

const debian = { release: 'bookworm', packages: ['base-files', 'libatomic1', 'libgcc-s1', 'libstdc++6'] }

/** The image then is in podman's store under its tag. */
export async function buildImage({ tag, architecture, base }: ImagePlan, onProgress: OnProgress) {
  const from = base ?? (await buildBase(architecture, onProgress))
  const dir = await mkdtemp(join(tmpdir(), 'image-'))
  try {
    await step(onProgress, 'installing the packages of production', () => gatherPackages(dir, architecture))
    await gatherSources(join(dir, 'app'))
    const facts = { BASE: from, ...(await revision()), VERSION: (await manifest()).version }
    const build = [
      ...['build', '--quiet', '--platform', `linux/${architecture}`, '--tag', tag],
      // The format of OCI has no health checks.
      ...['--format', 'docker', '--file', join(imageDir, 'Containerfile')],
      ...Object.entries(facts).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ]
    await step(onProgress, `building ${tag}`, () => podman(...build, dir))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The packages of the lock file that production needs, for that architecture, and what npm says of them. */
async function gatherPackages(dir: string, architecture: Architecture): Promise<void> {
  const packages = join(dir, 'packages')
  await mkdir(packages)
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    await copyFile(join(repositoryDir, file), join(packages, file))
  const platform = ['--os', 'linux', '--libc', 'glibc', '--cpu', architectures[architecture]]
  const npm = (...args: string[]) => run({ command: 'npm', args, cwd: packages })
  await npm('ci', '--omit', 'dev', '--ignore-scripts', ...platform)
  // npm tells nothing of a tree that lacks packages which its manifest names.
  await npm('pkg', 'delete', 'devDependencies', 'scripts', 'allowScripts')
  const { stdout } = await npm('sbom', '--sbom-format', 'cyclonedx')
  await writeFile(join(packages, 'sbom.cdx.json'), stdout)
  for await (const file of glob('node_modules/**', { cwd: packages }))
    if (isOfNoUseAtRunTime(file)) await rm(join(packages, file), { recursive: true, force: true })
  await Promise.all(['package-lock.json', '.npmrc'].map((file) => rm(join(packages, file))))
  await run({ command: 'chmod', args: ['-R', 'u=rwX,go=rX', packages] })
}

/** What git knows of the folders that run, as it stands in the working tree. */
async function gatherSources(app: string): Promise<void> {
  const { stdout } = await run({ command: 'git', args: ['ls-files', '-z'], cwd: repositoryDir })
  for (const file of stdout.split('\0').filter(isInImage)) {
    await mkdir(dirname(join(app, file)), { recursive: true, mode: 0o755 })
    await copyFile(join(repositoryDir, file), join(app, file))
    await chmod(join(app, file), 0o644)
  }
}

async function buildBase(architecture: Architecture, onProgress: OnProgress): Promise<string> {
  const { release, packages } = debian
  const node = (await manifest()).devDependencies.node
  const name = `localhost/node:${node}-${release}-${architecture}`
  const isThere = await podman('image', 'exists', name).then(
    () => true,
    () => false,
  )
  if (isThere) return name
  await findMmdebstrap(onProgress)
  const options = ['--variant=extract', `--architectures=${architecture}`, `--include=${packages.join()}`]
  const dir = await cached({
    name: `image-base-${node}-${release}-${architecture}`,
    onProgress,
    fill: async (dir) => {
      await step(onProgress, `fetching Debian's libraries for ${architecture}`, () =>
        run({ command: 'mmdebstrap', args: [...options, release, join(dir, 'debian.tar')] }),
      )
      await step(onProgress, `fetching Node.js ${node} for ${architecture}`, () =>
        fetchNode(dir, node, architecture),
      )
    },
  })
  const build = ['build', '--quiet', '--platform', `linux/${architecture}`, '--tag', name]
  await step(onProgress, `building ${name}`, () =>
    podman(...build, '--file', join(imageDir, 'Containerfile.base'), dir),
  )
  return name
}

/** The binary of the package that the package `node` picks on a machine of that architecture. */
async function fetchNode(dir: string, version: string, architecture: Architecture): Promise<void> {
  const name = `node-linux-${architectures[architecture]}`
  const prefix = join(dir, 'npm')
  await mkdir(prefix)
  const args = ['install', '--prefix', prefix, '--ignore-scripts', '--force', `${name}@${version}`]
  await run({ command: 'npm', args, cwd: prefix })
  await cp(join(prefix, 'node_modules', name, 'bin', 'node'), join(dir, 'node'))
  await rm(prefix, { recursive: true })
}

async function revision(): Promise<{ REVISION: string; CREATED: string }> {
  const git = async (...args: string[]) =>
    (await run({ command: 'git', args, cwd: repositoryDir })).stdout.trim()
  const changed = (await git('status', '--porcelain')) === '' ? '' : '-changed'
  return {
    REVISION: `${await git('rev-parse', 'HEAD')}${changed}`,
    CREATED: await git('log', '-1', '--format=%cI'),
  }
}

type Manifest = { version: string; devDependencies: { node: string } }

async function manifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(repositoryDir, 'package.json'), 'utf8')) as Manifest
}
