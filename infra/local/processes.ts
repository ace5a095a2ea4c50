// Which processes the platform consists of on this machine: the edge, the issuer for development, and core's services, either
// together in one process or each in its own.
import { type ServiceRow, services } from '../../core/services.ts'
import type { Env } from './engines/engine.ts'

type CoreName = (typeof services)[number]['name']
export type ServiceName = 'issuer' | 'edge' | CoreName

/** Run to their end before the services start; the second one only where there is a broker. */
export const provisionEntry = 'core/provision/main.ts'
export const provisionBrokerEntry = 'core/provision/broker.ts'

/** An address at which a process listens. */
type Listener = {
  name: string
  /** The setting that tells the process its port. */
  portSetting: string
  /** Those that answer there; the others, and `npm run stack -- env`, know its address as `{NAME}_URL` for each of them. */
  services: readonly ServiceName[]
}

export type ProcessRow = {
  name: string
  /** The file that Node runs, and its arguments. */
  args: readonly string[]
  listeners: readonly Listener[]
  /** Where it tells its health and metrics: the name of the port, the setting of it, and the variable of its address. */
  admin: { name: string; portSetting: string; variable: string }
  needsEngines: boolean
}

const coreEntry = 'core/main.ts'
const coreRows: readonly (ServiceRow & { name: CoreName })[] = services

export const serviceNames: readonly ServiceName[] = ['issuer', 'edge', ...coreRows.map(({ name }) => name)]

export const urlVariable = (name: ServiceName): string => `${name.toUpperCase()}_URL`
/** Of health and metrics of its process. */
export const adminUrlVariable = (name: ServiceName): string => `${name.toUpperCase()}_ADMIN_URL`

/** Processes stop in this order, those of one group together: who takes data in goes first, who answers others last. */
export const stopGroups = (rows: readonly ProcessRow[]): ProcessRow[][] => {
  const groupOf = ({ listeners }: ProcessRow): number => {
    const names = listeners.flatMap((listener) => listener.services)
    if (names.includes('edge')) return 0
    const stops = coreRows.filter(({ name }) => names.includes(name)).map(({ stops }) => stops)
    if (stops.includes('worker')) return 2
    return stops.includes('intake') ? 1 : 3
  }
  return [0, 1, 2, 3]
    .map((group) => rows.filter((row) => groupOf(row) === group))
    .filter((group) => group.length > 0)
}

type Choice = {
  /** All when none are named. */
  names?: readonly ServiceName[] | undefined
  env: Env
  /** Each service of core in a process of its own. */
  apart: boolean
}

/**
 * The processes for these services. An issuer given by the environment replaces the local one. What serves devices is left out
 * where there is no broker, and the console where riders cannot sign in.
 */
export const chooseProcesses = ({ names = serviceNames, env, apart }: Choice): readonly ProcessRow[] => {
  const ownIssuer = names.includes('issuer') && !env.JWKS_URL
  const core = coreRows
    .filter(({ name }) => names.includes(name))
    .filter(({ name }) => name !== 'console' || ownIssuer || env.OIDC_ISSUER_URL !== undefined)
    .filter(({ forDevices }) => forDevices === undefined || env.AMQP_URL !== undefined)
  return [
    ...(ownIssuer ? [issuer] : []),
    ...(names.includes('edge') ? [edge] : []),
    ...(apart || core.length < 2 ? core.map(alone) : [together(core)]),
  ]
}

const listenerOf = (name: ServiceName): Listener => ({ name, portSetting: 'PORT', services: [name] })
/** Of a process that answers others at PORT. */
const adminBeside = (name: ServiceName) => ({
  ...{ name: `${name}-admin`, portSetting: 'ADMIN_PORT', variable: adminUrlVariable(name) },
})
/** Of a process that answers nobody else at PORT. */
const adminAt = (name: ServiceName) => ({ name, portSetting: 'PORT', variable: urlVariable(name) })

const issuer: ProcessRow = {
  ...{ name: 'issuer', args: ['infra/local/issuer.ts'], needsEngines: false },
  ...{ listeners: [listenerOf('issuer')], admin: adminAt('issuer') },
}

const edge: ProcessRow = {
  ...{ name: 'edge', args: ['edge/entry/node.ts'], needsEngines: true },
  ...{ listeners: [listenerOf('edge')], admin: adminBeside('edge') },
}

const alone = ({ name, portSetting }: (typeof coreRows)[number]): ProcessRow => ({
  ...{ name, args: [coreEntry, name], needsEngines: true, listeners: [listenerOf(name)] },
  admin: portSetting === undefined ? adminAt(name) : adminBeside(name),
})

const together = (rows: typeof coreRows): ProcessRow => {
  const named = (some: typeof coreRows) => some.map(({ name }) => name)
  const shared = named(rows.filter(({ portSetting }) => portSetting === undefined))
  const own = rows.flatMap(({ name, portSetting }) =>
    portSetting === undefined ? [] : [{ name, portSetting, services: [name] }],
  )
  return {
    name: 'core',
    args: [coreEntry, ...named(rows)],
    listeners: [
      ...(shared.length > 0 ? [{ name: 'core', portSetting: 'PORT', services: shared }] : []),
      ...own,
    ],
    admin: { name: 'core', portSetting: 'PORT', variable: shared[0] ? urlVariable(shared[0]) : 'CORE_URL' },
    needsEngines: true,
  }
}
