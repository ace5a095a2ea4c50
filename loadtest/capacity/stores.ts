// What PostgreSQL and the broker of bikes need. Pure.
import type { Rate } from './demand.ts'
import { daysPerYear, samplesPerYear } from './demand.ts'
import { type Basis, bytesPerRide, bytesPerSettled, publishesPerCoreSecond } from './measured.ts'
import type { Parameters } from './parameters.ts'
import { engineCores, loadOfStage } from './stages.ts'

const gibibyte = 2 ** 30

export interface PostgresNeed {
  readonly cores: number
  readonly latestGiB: number
  /** Short rows of settled tracks, and details of the others. */
  readonly ledgerGiB: number
  readonly claimsGiB: number
  /** Of the table bike_days, after so many years: nothing removes them. */
  readonly bikeDaysGiB: number
  /** Of the table rides, after so many years. */
  readonly ridesGiB: number
  /** With room, of one copy. */
  readonly diskGiB: number
}

export function postgresNeed(p: Basis, { peak, years }: { peak: Rate; years: number }): PostgresNeed {
  const { phones, modules } = samplesPerYear(p)
  const { bytesInTables } = p.measured
  const phoneTracks = phones / p.samplesPerUpload / daysPerYear
  const moduleTracks = modules / p.samplesPerMessage / daysPerYear
  const tracksPerDay = phoneTracks + moduleTracks
  const latestGiB = (p.bikes * bytesInTables.latestPerBike) / gibibyte
  const settledDays = Math.min(p.ledgerDays + daysPerPartition, years * daysPerYear)
  const settledPerDay = phoneTracks * bytesPerSettled.phone + moduleTracks * bytesPerSettled.module
  const detailsPerDay = tracksPerDay * bytesInTables.ledgerPerTrack
  const ledgerGiB = (settledPerDay * settledDays + detailsPerDay * p.ledgerDetailDays) / gibibyte
  const claimsGiB = (tracksPerDay * claimDays * bytesInTables.claimsPerTrack) / gibibyte
  const bikeDaysGiB = (bikeDaysPerYear(p) * years * p.bytesPerBikeDay) / gibibyte
  const ridesGiB = (ridesPerYear(p) * years * bytesPerRide) / gibibyte
  return {
    cores: engineCores(p, 'postgres', peak),
    latestGiB,
    ledgerGiB,
    claimsGiB,
    bikeDaysGiB,
    ridesGiB,
    diskGiB: (latestGiB + ledgerGiB + claimsGiB + bikeDaysGiB + ridesGiB) / p.fill,
  }
}

/** A partition of the ledger is dropped when all of it is too old. */
const daysPerPartition = 7

/** As long as analytics keeps a claim. */
const claimDays = 30

/** A day on which a recorder told of a bike: a phone on days with a ride, one a day at most; a module every day. */
function bikeDaysPerYear(p: Parameters): number {
  const ofPhones = p.bikes * p.recordedShare * Math.min(daysPerYear, p.ridesPerYear)
  return ofPhones + p.bikes * p.moduleShare * daysPerYear
}

/** Of bikes that a phone or a module records; one that has both is counted twice. */
function ridesPerYear(p: Parameters): number {
  return p.bikes * (p.recordedShare + p.moduleShare) * p.ridesPerYear
}

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
