// Deno, Bun and workerd for the smoke test: npm packages of 350 MB, installed once into a folder outside the clone.
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import type { ServerPlan } from '../../testkit/server-process.ts'

/** Exact versions: the folder in the cache is named by them. */
export const runtimePackages = { deno: '2.9.6', bun: '1.4.5', workerd: '1.20261117.1' } as const

export type Runtime = 'node' | keyof typeof runtimePackages
type Env = Readonly<Record<string, string>>

const entry = (name: Runtime) => fileURLToPath(new URL(`../entry/${name}.ts`, import.meta.url))

/** How each runtime starts its edge; `dir` is the folder with the installed packages. */
export const runtimePlans: Readonly<Record<Runtime, (dir: string, env: Env) => Promise<ServerPlan>>> = {
  node: async (_, env) => ({ args: [entry('node')], env }),
  deno: async (dir, env) => ({
    command: executable(dir, 'deno'),
    args: ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual', entry('deno')],
    env: { ...env, DENO_DIR: join(dir, '.deno'), DENO_NO_UPDATE_CHECK: '1' },
  }),
  bun: async (dir, env) => ({ command: executable(dir, 'bun'), args: [entry('bun')], env }),
  workerd: async (dir, env) => {
    const temporaryDir = await mkdtemp(join(tmpdir(), 'edge-workerd-'))
    const config = await writeWorker(temporaryDir, env)
    // On descriptor 1 workerd says which port it has taken.
    return {
      command: executable(dir, 'workerd'),
      args: ['serve', '--control-fd=1', config],
      env: {},
      temporaryDir,
    }
  },
}

function executable(dir: string, name: string): string {
  return join(dir, 'node_modules', '.bin', name)
}

/** One module, as workerd wants it, and the configuration that binds the settings. Returns the configuration's path. */
async function writeWorker(dir: string, env: Env): Promise<string> {
  const bundle = await rolldown({
    input: entry('workerd'),
    platform: 'neutral',
    external: /^node:/,
    resolve: { mainFields: ['module', 'main'], conditionNames: ['workerd', 'worker', 'import'] },
  })
  await bundle.write({ file: join(dir, 'edge.js'), format: 'esm' })
  await bundle.close()
  const bindings = Object.entries(env).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  )
  const file = join(dir, 'edge.capnp')
  await writeFile(file, workerConfig(bindings))
  return file
}

function workerConfig(bindings: readonly string[]): string {
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = (
      modules = [(name = "edge.js", esModule = embed "edge.js")],
      compatibilityDate = "2025-09-01",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        ${bindings.join(',\n        ')},
      ],
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:0", http = (), service = "edge"),
    (name = "admin", address = "127.0.0.1:0", http = (), service = (name = "edge", entrypoint = "admin")),
  ],
);
`
}
