// Terraform on this machine, and how it runs: on a copy, with its provider outside of the clone, asking nobody.
import { existsSync, globSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../local/run.ts'
import { cacheDir } from '../local/settings.ts'
import { onPath } from '../local/tools.ts'

export const terraformDir = fileURLToPath(new URL('.', import.meta.url))
const lockFile = '.terraform.lock.hcl'
const longestMs = 60 * 60_000

/** Folders with configuration for use, from this one: `['bootstrap', 'environments/demo', …, 'modules/broker', …]`. */
export function configurations(): string[] {
  const folders = globSync('**/*.tf', { cwd: terraformDir }).map((file) => dirname(file))
  return [...new Set(folders)].filter((folder) => !/\.terraform|^testing\//.test(folder)).sort()
}

export interface Terraform {
  /** A copy of this folder; the clone stays as it is. */
  readonly dir: string
  /** Runs it in a folder of the copy; resolves with its standard output, rejects with its last lines. */
  in(folder: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
  /** Makes a folder usable with the committed lock; no state is read. */
  init(folder: string): Promise<void>
  /** Removes the copy. */
  close(): Promise<void>
}

/** Throws one sentence when Terraform is missing. */
export async function openTerraform(): Promise<Terraform> {
  const command = onPath('terraform')
  if (command === undefined)
    throw new Error(
      'Terraform is missing: install 1.11 or newer from https://developer.hashicorp.com/terraform/install',
    )
  const dir = await mkdtemp(join(tmpdir(), 'terraform-'))
  await cp(terraformDir, dir, { recursive: true, filter: (path) => !path.includes('.terraform/') })
  const pluginCache = join(cacheDir(), 'terraform-plugins')
  await mkdir(pluginCache, { recursive: true })
  const mirror = findMirror()
  const inFolder: Terraform['in'] = async (folder, args, env = {}) => {
    const { stdout } = await run({
      ...{ command, args, cwd: join(dir, folder), signal: AbortSignal.timeout(longestMs) },
      env: { ...process.env, TF_IN_AUTOMATION: '1', TF_INPUT: '0', TF_PLUGIN_CACHE_DIR: pluginCache, ...env },
    })
    return stdout
  }
  return {
    dir,
    in: inFolder,
    init: async (folder) => {
      // Modules have no lock of their own: whoever uses them has one.
      await copyFile(join(dir, lockFile), join(dir, folder, lockFile))
      const from = mirror === undefined ? [] : [`-plugin-dir=${mirror}`]
      await inFolder(folder, ['init', '-backend=false', '-lockfile=readonly', '-no-color', ...from])
    },
    close: () => rm(dir, { recursive: true, force: true }),
  }
}

/** A folder with the provider as Terraform lays it out, in the usual places: then the registry is not asked. */
function findMirror(): string | undefined {
  const roots = ['/usr/share', '/usr/local/share', '/opt', join(homedir(), '.terraform.d')]
  const places = roots.flatMap((root) => (existsSync(root) ? globSync(`${root}/{*,terraform/plugins}`) : []))
  return places.find((place) => existsSync(join(place, 'registry.terraform.io/hashicorp/aws/5.100.0')))
}
