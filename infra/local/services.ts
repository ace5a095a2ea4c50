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
}

/** Runs to its end before the services start. */
export const provisionEntry = 'core/provision/main.ts'

const worker = <N extends string>(name: N) => ({
  name,
  entry: `core/${name}/main.ts`,
  urlVariable: `${name.toUpperCase()}_URL`,
  stopRank: 1 as const,
  needsEngines: true,
})

export const services = [
  { ...worker('issuer'), entry: 'infra/local/issuer.ts', stopRank: 2, needsEngines: false },
  { ...worker('edge'), entry: 'edge/entry/node.ts', stopRank: 0 },
  worker('normalize'),
  worker('search'),
  worker('latest'),
  worker('analytics'),
  worker('ledger'),
  worker('quarantine'),
  { ...worker('api'), stopRank: 2 },
] as const satisfies readonly ServiceRow[]

export type ServiceName = (typeof services)[number]['name']

/** The rows of those names, all when none are named. An issuer given by the environment replaces the local one. */
export const chooseServices = (names: readonly ServiceName[] | undefined, env: Env): readonly ServiceRow[] =>
  services.filter(
    ({ name }) => (names === undefined || names.includes(name)) && !(name === 'issuer' && env.JWKS_URL),
  )
