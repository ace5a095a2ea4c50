// podman with the settings that containers of this image need.
import { join } from 'node:path'
import type { OnProgress } from '../local/progress.ts'
import { type RunResult, run } from '../local/run.ts'
import { repositoryDir } from '../local/settings.ts'
import { findPodman, findRunc } from '../local/tools.ts'

export const imageDir = join(repositoryDir, 'infra', 'image')

/** Of every child process that is podman. */
export const podmanEnv = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CONTAINERS_CONF: join(imageDir, 'containers.conf'),
})

/** Installs podman and runc where that is possible; rejects with one sentence that names what is missing. */
export async function findContainerTools(onProgress: OnProgress): Promise<void> {
  await findPodman(onProgress)
  await findRunc(onProgress)
}

/** Rejects with podman's last lines when it fails. */
export function podman(...args: readonly string[]): Promise<RunResult> {
  return run({ command: 'podman', args, env: podmanEnv() })
}
