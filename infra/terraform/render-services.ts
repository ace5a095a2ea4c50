// What Terraform knows of our processes, from the table of services and the settings: `node infra/terraform/render-services.ts` writes
// generated/services.json, so that no module lists a service or a setting a second time.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ZodType } from 'zod'
import { settings as coreSettings, isRequired, isSecret } from '../../core/runtime/settings.ts'
import { type ServiceRow, services } from '../../core/services.ts'
import { settings as edgeSettings } from '../../edge/config.ts'

export const servicesFile = fileURLToPath(new URL('generated/services.json', import.meta.url))

export interface TaskRow {
  /** What the image's Node runs. */
  readonly command: readonly string[]
  /** Engines that it reaches. */
  readonly engines: readonly string[]
  /** Settings whose value is a fact of the environment, and those of them without which the process does not start. */
  readonly settings: readonly string[]
  readonly required: readonly string[]
  /** Settings whose value lies in Secrets Manager: secret ones, and the content of files, but for those of authorities. */
  readonly secrets: readonly string[]
  /** Settings that name a file: the content is written to it before the process starts. */
  readonly files: readonly string[]
  /** Of its own listener, where it has one. */
  readonly port: number | null
  /** A process of ours ends by itself within 25 s of the signal. */
  readonly stopSeconds: number
  readonly memoryMiB: number
  readonly forDevices: boolean
  /** It ends by itself: an operator runs it before the services, and after each update. */
  readonly once: boolean
}

type Settings = Readonly<Record<string, ZodType>>

const firstPort = 8_080
const stopSeconds = 30
/** The least of Fargate, and what docs/capacity.md gives to a process. */
const memoryMiB = 512

/** Every service listens where the module says, in a namespace of its own network. */
const setByModule = ['NAMESPACE', 'HOST', 'PORT', 'ADMIN_HOST', 'ADMIN_PORT', 'ALLOW_PLAINTEXT_OFF_LOOPBACK']

/** Who brings the engines to what a version needs; commands of operators run as `provision`, too. */
const provisioning = {
  provision: { script: 'core/provision/main.ts', needs: /^(KAFKA_|DATABASE_URL|ELASTICSEARCH_|LOG_LEVEL)/ },
  'provision-broker': { script: 'core/provision/broker.ts', needs: /^(RABBITMQ_MANAGEMENT_URL|LOG_LEVEL)$/ },
}

const engineOf: Readonly<Record<string, string>> = {
  KAFKA_BROKERS: 'kafka',
  DATABASE_URL: 'postgres',
  ELASTICSEARCH_URL: 'elasticsearch',
  AMQP_URL: 'rabbitmq',
  RABBITMQ_MANAGEMENT_URL: 'rabbitmq',
}

/** `{'normalize': {command: ['core/main.ts', 'normalize'], engines: ['kafka', 'postgres'], …}, 'edge': …}` */
export function taskRows(): Record<string, TaskRow> {
  const edge = Object.keys(edgeSettings).filter(
    (name) => !name.startsWith('FORWARD_') && name !== 'ADDRESS_HEADER',
  )
  const rows: readonly ServiceRow[] = services
  const ports = [
    'edge',
    ...rows.filter(({ portSetting }) => portSetting !== undefined).map(({ name }) => name),
  ]
  const portOf = (name: string) => (ports.includes(name) ? firstPort + ports.indexOf(name) : null)
  const ofCore = rows.map(({ name, settings, forDevices = false }) => {
    const names = [...new Set([...settings, 'LOG_LEVEL', 'DRAIN_DELAY_MS'])]
    const command = ['core/main.ts', name]
    return [
      name,
      { command, port: portOf(name), forDevices, once: false, ...ofSettings(names, coreSettings) },
    ] as const
  })
  const ofProvisioning = Object.entries(provisioning).map(([name, { script, needs }]) => {
    const names = Object.keys(coreSettings).filter((each) => needs.test(each))
    const forDevices = name === 'provision-broker'
    return [
      name,
      { command: [script], port: null, forDevices, once: true, ...ofSettings(names, coreSettings) },
    ] as const
  })
  return {
    edge: {
      ...{ command: ['edge/entry/node.ts'], port: portOf('edge'), forDevices: false, once: false },
      ...ofSettings(edge, edgeSettings, ['KAFKA_BROKERS']),
    },
    ...Object.fromEntries([...ofCore, ...ofProvisioning]),
  }
}

/** Without `KAFKA_CA_FILE`: the certificates of MSK are of a public authority. */
function ofSettings(names: readonly string[], all: Settings, demanded: readonly string[] = []) {
  const own = names.filter((name) => !setByModule.includes(name) && name !== 'KAFKA_CA_FILE').sort()
  const isOf = (fact: (setting: ZodType) => boolean, name: string) => {
    const setting = all[name]
    return setting !== undefined && fact(setting)
  }
  const isHidden = (name: string) => isOf(isSecret, name)
  const isDemanded = (name: string) => demanded.includes(name) || isOf(isRequired, name)
  const files = own.filter((name) => name.endsWith('_FILE'))
  const plain = own.filter((name) => !isHidden(name) && !files.includes(name))
  const isKept = (name: string) => isHidden(name) || (files.includes(name) && !name.endsWith('_CA_FILE'))
  return {
    engines: [...new Set(own.flatMap((name) => engineOf[name] ?? []))],
    settings: plain,
    required: plain.filter(isDemanded),
    secrets: own.filter(isKept),
    files,
    stopSeconds,
    memoryMiB,
  }
}

export function servicesJson(): string {
  return `${JSON.stringify(taskRows(), undefined, 2)}\n`
}

if (import.meta.main) writeFileSync(servicesFile, servicesJson())
