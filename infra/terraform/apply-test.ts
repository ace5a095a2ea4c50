// `npm run terraform -- apply-test`: the whole platform is applied to moto, which answers as AWS does, changed as operators change it, and
// destroyed. Nothing that keeps data may be replaced, no secret may be in the state, and no policy may allow more than it names.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { print } from '../../core/runtime/command-line/run-command.ts'
import { step, toStderr } from '../local/progress.ts'
import { faultsOfPlan } from './plan-faults.ts'
import { policyFaults, type State } from './policy-faults.ts'
import { startMoto } from './testing/moto.ts'
import { openTerraform, type Terraform } from './tool.ts'

const folder = 'testing/account'
const stateFile = `${folder}/terraform.tfstate`
const sizesFile = 'environments/demo/sizes.auto.tfvars.json'
const always = ['-no-color', '-parallelism=20']
const larger = 2

interface Sizes {
  readonly kafka: { volume_gib: number }
  readonly postgres: { storage_gib: number; most_storage_gib: number; instance_class: string }
  readonly search: Record<string, { volume_gib: number; instance_type: string }>
  readonly services: Record<string, { cpu: number; memory_mib: number }>
}

/** Throws an Error that names everything that is not as it should be. */
export async function applyTest(): Promise<void> {
  const terraform = await openTerraform()
  try {
    const faults = await faultsOfLife(terraform)
    if (faults.length > 0) throw new Error(faults.join('\n'))
  } finally {
    await terraform.close()
  }
}

async function faultsOfLife(terraform: Terraform): Promise<string[]> {
  const moto = await startMoto(terraform.dir)
  const obey = (verb: string, ...options: string[]) =>
    terraform.in(folder, [verb, ...options, ...always], { AWS_ENDPOINT_URL: moto.url })
  const read = (path: string) => readFile(join(terraform.dir, path), 'utf8')
  const state = async () => JSON.parse(await read(stateFile)) as State
  const faults: string[] = []
  const examine = async (what: string, work: () => Promise<readonly string[]>) => {
    const found = await step(toStderr, what, work)
    faults.push(...found.map((fault) => `${what}: ${fault}`))
    print(`${what}: ${found.length === 0 ? 'yes' : `no, ${found.length} faults`}`)
  }
  const { sizes } = JSON.parse(await read(sizesFile)) as { sizes: Sizes }
  const given = { digest: '0'.repeat(64), kafka_version: '4.1.x.kraft', sizes }
  const set = (changed: Partial<typeof given>) =>
    writeFile(join(terraform.dir, folder, 'terraform.tfvars.json'), JSON.stringify({ ...given, ...changed }))
  /** By the state alone: the second plan has asked already. */
  const planWith = async (changed: Partial<typeof given>) => {
    await set(changed)
    return faultsOfPlan(await obey('plan', '-json', '-refresh=false'))
  }
  try {
    await terraform.init(folder)
    await set({})
    await examine('everything is applied', async () => {
      await obey('apply', '-auto-approve')
      return []
    })
    await examine('policies allow what they name', async () => policyFaults(await state()))
    await examine('no secret is in the state', async () => {
      const [text, secrets] = await Promise.all([read(stateFile), moto.secrets()])
      if (secrets.length === 0) return ['no secret had a value']
      return secrets.filter(({ value }) => text.includes(value)).map(({ name }) => `${name} is in it`)
    })
    await examine('a second plan destroys nothing', async () => faultsOfPlan(await obey('plan', '-json')))
    await examine('a larger fleet keeps what keeps data', () => planWith({ sizes: enlarged(sizes) }))
    await examine('a new Kafka keeps its brokers', () => planWith({ kafka_version: '4.2.x.kraft' }))
    await examine('new images keep what keeps data', () => planWith({ digest: '1'.repeat(64) }))
    await examine('everything is destroyed', async () => {
      await obey('destroy', '-auto-approve')
      const { resources } = await state()
      return resources.length === 0 ? [] : [`${resources.length} resources are left`]
    })
  } finally {
    await moto.stop()
  }
  return faults
}

/** More disk, more machine and more memory, everywhere. */
function enlarged(sizes: Sizes): Sizes {
  const more = structuredClone(sizes)
  more.kafka.volume_gib *= larger
  Object.assign(more.postgres, {
    storage_gib: sizes.postgres.storage_gib * larger,
    most_storage_gib: sizes.postgres.most_storage_gib * larger,
    instance_class: 'db.r7g.xlarge',
  })
  for (const tier of Object.values(more.search)) {
    tier.volume_gib *= larger
    tier.instance_type = 'r7g.xlarge'
  }
  for (const task of Object.values(more.services)) {
    task.cpu *= larger
    task.memory_mib *= larger
  }
  return more
}
