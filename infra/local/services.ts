// The processes of the platform: one row each.
import type { Env } from './engines/engine.ts'

export type ServiceRow = {
  name: string
  /** Path in the repository of the file that Node runs. */
  entry: string
  /** Under this name the others, and `npm run stack -- env`, know the service's address. */
  urlVariable: string
  /** Services stop in rising order, those of one rank together: who takes data in goes first. */
  stopRank: 0 | 1 | 2
  needsEngines: boolean
  /** Started only where the environment has it: without a broker there are no devices. */
  needs?: 'AMQP_URL'
}

/** Run to their end before the services start; the second one only where there is a broker. */
export const provisionEntry = 'core/provision/main.ts'
export const provisionBrokerEntry = 'core/provision/broker.ts'

const worker = <N extends string>(name: N) => ({
  name,
  entry: `core/${name}/main.ts`,
  urlVariable: `${name.toUpperCase()}_URL`,
  stopRank: 1 as const,
  needsEngines: true,
})

const deviceWorker = <N extends string>(name: N) => ({ ...worker(name), needs: 'AMQP_URL' as const })

export const services = [
  { ...worker('issuer'), entry: 'infra/local/issuer.ts', stopRank: 2, needsEngines: false },
  { ...worker('edge'), entry: 'edge/entry/node.ts', stopRank: 0 },
  worker('fleet'),
  worker('bikes'),
  worker('normalize'),
  worker('search'),
  worker('latest'),
  worker('analytics'),
  worker('ledger'),
  worker('quarantine'),
  worker('quality'),
  worker('witness'),
  { ...worker('api'), stopRank: 2 },
  { ...deviceWorker('gatekeeper'), stopRank: 2 },
  deviceWorker('devices'),
  deviceWorker('presence'),
  deviceWorker('gaps'),
  deviceWorker('commands'),
] as const satisfies readonly ServiceRow[]

export type ServiceName = (typeof services)[number]['name']

/**
 * The rows of those names, all when none are named. An issuer given by the environment replaces the local one, and
 * what needs a broker is left out where there is none.
 */
export const chooseServices = (names: readonly ServiceName[] | undefined, env: Env): readonly ServiceRow[] =>
  services
    .filter(({ name }) => names === undefined || names.includes(name))
    .filter(({ name }) => !(name === 'issuer' && env.JWKS_URL))
    .filter((row: ServiceRow) => row.needs === undefined || env[row.needs] !== undefined)
