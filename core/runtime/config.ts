// The configuration of every core process: the only place of core/ that reads the environment.
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { settings } from './settings.ts'
import { ConfigurationError, transportFaults } from './transport.ts'

const whereSettingsComeFrom = "On a developer's machine, with the stack up: export $(npm run -s stack -- env)"

export type Setting = keyof typeof settings
export type Config<S extends Setting> = { readonly [K in S]: z.output<(typeof settings)[K]> }

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the named settings. Throws one ConfigurationError that lists every fault, by name and without the values.
 * An empty variable counts as absent.
 */
export function readConfig<S extends Setting>(
  names: readonly S[],
  environment: Environment = process.env,
): Config<S> {
  const [config] = readConfigs([{ names, environment }])
  return config as Config<S>
}

/** The same of several readers, such as the services of a process; one error lists the faults of all. */
export function readConfigs<S extends Setting>(
  readers: readonly { readonly names: readonly S[]; readonly environment?: Environment }[],
): Config<S>[] {
  const faults = new Set<string>()
  let hint = ''
  const configs = readers.map(({ names, environment = process.env }) => {
    const shape = Object.fromEntries(names.map((name) => [name, settings[name]]))
    const named: readonly Setting[] = [...names, 'ALLOW_PLAINTEXT_OFF_LOOPBACK']
    const given = Object.fromEntries(named.map((name) => [name, environment[name] || undefined]))
    const { data, error } = z.object(shape).safeParse(given)
    for (const { path, message } of error?.issues ?? []) {
      const name = String(path[0])
      if (given[name] === undefined) hint = `\n${whereSettingsComeFrom}`
      faults.add(`  ${name}: ${given[name] === undefined ? 'is not set' : message}`)
    }
    for (const { setting, message } of transportFaults(given)) faults.add(`  ${setting}: ${message}`)
    return data as Config<S>
  })
  if (faults.size === 0) return configs
  throw new ConfigurationError(`The configuration has faults:\n${[...faults].join('\n')}${hint}`)
}

/** As that service reads it: its own file in SERVICE_SETTINGS_DIR, where there is one, goes before. Throws when that cannot be read. */
export function environmentOf(service: string, environment: Environment = process.env): Environment {
  const { SERVICE_SETTINGS_DIR: dir } = environment
  const file = dir ? join(dir, `${service}.env`) : undefined
  if (file === undefined || !existsSync(file)) return environment
  return { ...environment, ...parseEnv(readFileSync(file, 'utf8')) }
}

const leastCharacters = 32

/**
 * The key of TOMBSTONE_KEY_FILE as what makes the tombstone of a rider: 64 hexadecimal digits, all that stays of an erased rider's
 * name. Throws where the file is missing or has too short a key.
 */
export function readTombstoneKey(file: string): (riderId: string) => string {
  const key = readFileSync(file, 'utf8').trim()
  if (key.length < leastCharacters) {
    throw new Error(`${file}: a key of tombstones has at least ${leastCharacters} characters`)
  }
  return (riderId) => createHmac('sha256', key).update(riderId).digest('hex')
}
