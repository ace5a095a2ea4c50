// What PostgreSQL and the broker of bikes need. Pure.
import type { Rate } from './demand.ts'
import { samplesPerYear } from './demand.ts'
import { bytesInTables, publishesPerCoreSecond } from './measured.ts'
import type { Parameters } from './parameters.ts'
import { engineCores, loadOfStage } from './stages.ts'

const gibibyte = 2 ** 30

export interface PostgresNeed {
  readonly cores: number
  readonly latestGiB: number
  readonly ledgerGiB: number
  readonly claimsGiB: number
  /** With room, of one copy. */
  readonly diskGiB: number
}

export function postgresNeed(p: Parameters, peak: Rate): PostgresNeed {
  const { phones, modules } = samplesPerYear(p)
  const tracksPerDay = (phones / p.samplesPerUpload + modules / p.samplesPerMessage) / 365
  const latestGiB = (p.bikes * bytesInTables.latestPerBike) / gibibyte
  const ledgerGiB = (tracksPerDay * p.ledgerDays * bytesInTables.ledgerPerTrack) / gibibyte
  const claimsGiB = (tracksPerDay * claimDays * bytesInTables.claimsPerTrack) / gibibyte
  return {
    cores: engineCores(p, 'postgres', peak) / p.utilisation,
    latestGiB,
    ledgerGiB,
    claimsGiB,
    diskGiB: (latestGiB + ledgerGiB + claimsGiB) / p.fill,
  }
}

/** As long as analytics keeps a claim. */
const claimDays = 30

export interface BrokerNeed {
  readonly connections: number
  /** Of three nodes each. */
  readonly clusters: number
  readonly cores: number
  readonly memoryGiB: number
}

export function brokerNeed(p: Parameters, peak: Rate): BrokerNeed {
  const connections = p.bikes * p.moduleShare
  const messages = loadOfStage(p, 'devices', peak).tracksPerSecond
  return {
    connections,
    clusters: Math.ceil(connections / p.connectionsPerCluster),
    cores: (messages * p.replicas) / publishesPerCoreSecond / p.utilisation,
    // Any one node of three may be away.
    memoryGiB: ((connections / 1_000) * p.mebibytesPerThousandConnections * (3 / 2)) / 1_024,
  }
}
