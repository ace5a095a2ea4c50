// What may suffer in a chaos run, by the names of processes and engines. Pure.
import { serviceNames } from '../../infra/local/processes.ts'
import { engineNames } from './faults.ts'

/** The issuer stands in for the maker's login service, which is no part of the platform. */
const serviceTargets: readonly string[] = serviceNames.filter((name) => name !== 'issuer')

/** All that a run with engines of its own can hurt. */
export const targetNames: readonly string[] = [...serviceTargets, ...engineNames]

/** The present ones that were asked for, all without a request. Throws when one was asked for that is not present. */
export function chooseTargets(present: readonly string[], only?: readonly string[]): readonly string[] {
  const all = targetNames.filter((name) => present.includes(name))
  const unknown = (only ?? []).filter((name) => !all.includes(name))
  if (unknown.length > 0) {
    throw new Error(`nothing here is named ${unknown.join(', ')}; there are ${all.join(', ')}`)
  }
  return all.filter((name) => only === undefined || only.includes(name))
}
