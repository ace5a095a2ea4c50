// The promises of the manifests, held against what kustomize makes of them. Pure.
import type { Setting } from '../../core/runtime/config.ts'
import { isRequired, isSecret, settings } from '../../core/runtime/settings.ts'
import { type ServiceRow, services } from '../../core/services.ts'

/** An object of Kubernetes, as far as it is looked at. */
export type KubernetesObject = {
  kind: string
  metadata: { name: string }
  /** Of a ConfigMap. */
  data?: Readonly<Record<string, string>>
  spec?: {
    selector?: { app?: string; matchLabels?: { app?: string } }
    template?: { metadata?: { labels?: { app?: string } }; spec: PodSpec }
  }
}

type PodSpec = {
  enableServiceLinks?: boolean
  automountServiceAccountToken?: boolean
  terminationGracePeriodSeconds?: number
  securityContext?: { runAsNonRoot?: boolean; seccompProfile?: { type: string } }
  containers: readonly Container[]
  volumes?: readonly { secret?: { secretName: string } }[]
}

type Container = {
  args?: readonly string[]
  startupProbe?: unknown
  livenessProbe?: unknown
  readinessProbe?: unknown
  resources?: { limits?: { memory?: string }; requests?: { cpu?: string; memory?: string } }
  securityContext?: {
    readOnlyRootFilesystem?: boolean
    allowPrivilegeEscalation?: boolean
    capabilities?: { drop?: readonly string[] }
  }
}

const rows: readonly ServiceRow[] = services
const coreEntry = 'core/main.ts'
/** DRAIN_DELAY_MS by default, and the most that a process takes from then on. */
const leastGraceSeconds = 25

/** A line for each promise that a layout breaks: a set of Deployments that together are the whole platform. */
export function layoutFaults(objects: readonly KubernetesObject[]): string[] {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment')
  const run = deployments.flatMap((deployment) => servicesOf(deployment).map(({ name }) => name))
  const times = (name: string) => run.filter((each) => each === name).length
  return [
    ...rows
      .filter(({ name }) => times(name) !== 1)
      .map(({ name }) => `${name} runs in ${times(name)} Deployments`),
    ...deployments.flatMap(deploymentFaults),
    ...deployments
      .filter(({ metadata }) => !selectsPods(objects, 'PodDisruptionBudget', metadata.name))
      .map(({ metadata }) => `${metadata.name} has no PodDisruptionBudget`),
    ...rows
      .filter(({ portSetting }) => portSetting !== undefined)
      .filter(
        ({ name }) => !objects.some(({ kind, metadata }) => kind === 'Service' && metadata.name === name),
      )
      .map(({ name }) => `${name} has no Service`),
    ...settingFaults(objects, rows),
  ]
}

/** The same for objects of which nothing is asked but that their pods are restricted. */
export function podFaults(objects: readonly KubernetesObject[]): string[] {
  return objects.flatMap(({ metadata, spec }) => {
    if (spec?.template === undefined) return []
    const { spec: pod } = spec.template
    const broken = [
      ['shows its account to its process', pod.automountServiceAccountToken !== false],
      ['takes variables of Kubernetes for settings', pod.enableServiceLinks !== false],
      ['may run as root', pod.securityContext?.runAsNonRoot !== true],
      ['may call all of the kernel', pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault'],
      [
        'has no memory limit',
        pod.containers.some(({ resources }) => resources?.limits?.memory === undefined),
      ],
      ['asks for no CPU', pod.containers.some(({ resources }) => resources?.requests?.cpu === undefined)],
      [
        'writes its file system',
        pod.containers.some(({ securityContext: may }) => may?.readOnlyRootFilesystem !== true),
      ],
      [
        'may gain privileges',
        pod.containers.some(({ securityContext: may }) => may?.allowPrivilegeEscalation !== false),
      ],
      [
        'has capabilities',
        pod.containers.some(({ securityContext: may }) => may?.capabilities?.drop?.[0] !== 'ALL'),
      ],
    ] as const
    return broken.filter(([, is]) => is).map(([what]) => `${metadata.name} ${what}`)
  })
}

function deploymentFaults({ metadata: { name }, spec }: KubernetesObject): string[] {
  const pod = spec?.template?.spec
  const [container] = pod?.containers ?? []
  const secret = pod?.volumes?.[0]?.secret?.secretName
  const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const
  return [
    ...probes.filter((probe) => container?.[probe] === undefined).map((probe) => `${name} has no ${probe}`),
    ...((pod?.terminationGracePeriodSeconds ?? 0) < leastGraceSeconds
      ? [`${name} is killed before it has drained`]
      : []),
    ...(secret === name ? [] : [`${name} has the secrets of ${secret}`]),
    ...(spec?.selector?.matchLabels?.app === name && spec.template?.metadata?.labels?.app === name
      ? []
      : [`${name} selects other pods than its own`]),
  ]
}

function selectsPods(objects: readonly KubernetesObject[], kind: string, app: string): boolean {
  return objects.some((object) => object.kind === kind && object.spec?.selector?.matchLabels?.app === app)
}

/** Rows of the table of services that a Deployment runs; none for the edge. Throws for a name that is none. */
function servicesOf({ metadata, spec }: KubernetesObject): readonly ServiceRow[] {
  const [entry, ...names] = spec?.template?.spec.containers[0]?.args ?? []
  if (entry !== coreEntry) return []
  const unknown = names.filter((name) => name !== 'all' && !rows.some((row) => row.name === name))
  if (unknown.length > 0)
    throw new Error(`${metadata.name} runs ${unknown.join(', ')}, which are no services`)
  return rows.filter(({ name }) => names.includes('all') || names.includes(name))
}

function settingFaults(objects: readonly KubernetesObject[], running: readonly ServiceRow[]): string[] {
  const given = settingsOf(objects)
  const needed = new Set(running.flatMap(({ settings }) => settings))
  return [...needed]
    .filter((name) => isRequired(settings[name]) && !isInEnvironmentFile(name) && given[name] === undefined)
    .map((name) => `settings.env lacks ${name}`)
}

function settingsOf(objects: readonly KubernetesObject[]): Readonly<Record<string, string>> {
  return (
    objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('settings'))
      ?.data ?? {}
  )
}

/** Secret, or another one for each process. */
function isInEnvironmentFile(name: Setting): boolean {
  return (isSecret(settings[name]) && !name.endsWith('_FILE')) || name.endsWith('_USERNAME')
}

export type SecretNeeds = {
  /** Of a Deployment, and of the Secret that it mounts. */
  name: string
  /** Lines of its file `environment`; a question mark where not everybody needs one. */
  environment: readonly string[]
  /** Names of its other files. */
  files: readonly string[]
}

const edgeSettings: readonly Setting[] = ['KAFKA_CA_FILE', 'KAFKA_USERNAME', 'KAFKA_PASSWORD_FILE']

/** What the Secret of each Deployment holds. */
export function secretsOf(objects: readonly KubernetesObject[]): SecretNeeds[] {
  const given = settingsOf(objects)
  return objects
    .filter(({ kind }) => kind === 'Deployment')
    .map((deployment) => {
      const core = servicesOf(deployment).flatMap((row) => row.settings)
      const names = [...new Set(core.length > 0 ? core : edgeSettings)]
      const files = names.flatMap((name) => /^\/run\/secrets\/(.+)/.exec(given[name] ?? '')?.[1] ?? [])
      const environment = names
        .filter(isInEnvironmentFile)
        .map((name) => (isRequired(settings[name]) || name === 'KAFKA_USERNAME' ? name : `${name}?`))
      return { name: deployment.metadata.name, environment, files }
    })
}
