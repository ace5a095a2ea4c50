// Prometheus and promtool: those of the machine, or Debian's package unpacked beside the clone; nothing is installed or started.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from '../local/cache.ts'
import type { OnProgress } from '../local/progress.ts'
import { run } from '../local/run.ts'
import { onPath } from '../local/tools.ts'

export interface PrometheusTools {
  readonly prometheus: string
  readonly promtool: string
}

/** Rejects with one sentence where there is neither. */
export async function findPrometheus(onProgress: OnProgress): Promise<PrometheusTools> {
  const [prometheus, promtool] = [onPath('prometheus'), onPath('promtool')]
  if (prometheus !== undefined && promtool !== undefined) return { prometheus, promtool }
  const bin = join(await unpacked(onProgress), 'usr/bin')
  return { prometheus: join(bin, 'prometheus'), promtool: join(bin, 'promtool') }
}

async function unpacked(onProgress: OnProgress): Promise<string> {
  try {
    return await cached({ name: 'prometheus-debian', fill: unpack, onProgress })
  } catch (cause) {
    throw new Error(
      'Prometheus is missing: install it (prometheus, promtool) so that they are on the PATH.',
      {
        cause,
      },
    )
  }
}

async function unpack(dir: string): Promise<void> {
  const signal = AbortSignal.timeout(300_000)
  await run({ command: 'apt-get', args: ['download', 'prometheus'], cwd: dir, signal })
  const [archive = ''] = (await readdir(dir)).filter((file) => file.endsWith('.deb'))
  await run({ command: 'dpkg', args: ['-x', archive, '.'], cwd: dir, signal })
}
