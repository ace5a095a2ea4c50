// Looks into the image that was built. Nothing of it is run, so that it may be of any architecture.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../local/run.ts'
import { repositoryDir } from '../local/settings.ts'
import type { ImageFacts, LockedPackages } from './faults.ts'
import { podman, podmanEnv } from './podman.ts'

type Inspected = {
  Architecture: string
  Size: number
  Labels: Record<string, string> | null
  Config: { User?: string }
  Healthcheck?: { Test: string[] }
}

export async function inspectImage(tag: string): Promise<ImageFacts> {
  const { stdout } = await podman('image', 'inspect', tag)
  const [image] = JSON.parse(stdout) as [Inspected]
  const container = (await podman('create', tag)).stdout.trim()
  try {
    const exported = (reader: string) => pipe(`podman export "$1" | ${reader}`, container)
    const sbom = await exported('tar --extract --to-stdout app/sbom.cdx.json')
    return {
      user: image.Config.User ?? '',
      architecture: image.Architecture,
      labels: image.Labels ?? {},
      healthCheck: image.Healthcheck?.Test ?? [],
      unpackedBytes: image.Size,
      compressedBytes: Number(await pipe('podman save "$1" | gzip | wc --bytes', tag)),
      files: (await exported('tar --list')).trim().split('\n'),
      sbom: JSON.parse(sbom) as ImageFacts['sbom'],
    }
  } finally {
    await podman('rm', '--force', container)
  }
}

async function pipe(commands: string, argument: string): Promise<string> {
  const args = ['-c', `set -o pipefail; ${commands}`, 'bash', argument]
  return (await run({ command: 'bash', args, env: podmanEnv() })).stdout
}

export async function lockedPackages(): Promise<LockedPackages> {
  const lock = JSON.parse(await readFile(join(repositoryDir, 'package-lock.json'), 'utf8')) as {
    packages: LockedPackages
  }
  return lock.packages
}
