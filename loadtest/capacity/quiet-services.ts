// The services whose work does not follow the telemetry: statements, known bikes, quarantine, reads, connections, commands.
// Nothing is measured of them here; each is there twice, with a share of a core that is assumed. Pure.
import type { Parameters } from './parameters.ts'
import { fewestProcesses } from './stages.ts'

export const quietServices = [
  'fleet',
  'bikes',
  'quarantine',
  'api',
  'console',
  'gatekeeper',
  'presence',
  'commands',
  'tiers',
  'research-copy',
  'research-gateway',
] as const

export interface QuietNeed {
  /** Of each service. */
  readonly processes: number
  /** Reserved, of all together. */
  readonly cores: number
  readonly memoryGiB: number
}

export function quietNeed(p: Parameters): QuietNeed {
  const processes = fewestProcesses * Math.ceil(p.bikes / p.bikesPerQuietPair)
  const all = processes * quietServices.length
  return { processes, cores: all * p.quietCores, memoryGiB: (all * p.processMebibytes) / 1_024 }
}
