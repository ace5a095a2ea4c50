// The API's stores in PostgreSQL.

import { createCommandQueue } from '../devices/commands/queue.ts'
import { presenceOfBike } from '../devices/presence/plan.ts'
import { createSettings } from '../devices/settings/settings.ts'
import type { Sql } from '../engines/postgres/client/connect.ts'
import { createCommandStore } from '../engines/postgres/devices/command-store.ts'
import { hasModule, modulesOf, presencesOf } from '../engines/postgres/devices/presence-store.ts'
import { createRefusalStore } from '../engines/postgres/devices/refusal-store.ts'
import { createSettingsStore } from '../engines/postgres/devices/settings-store.ts'
import { createCohortReader } from '../engines/postgres/fleet/field-error-reader.ts'
import { createRecordStore } from '../engines/postgres/fleet/record-store.ts'
import { isRegistered, ownershipsOf } from '../engines/postgres/fleet/registry-store.ts'
import { createConsentStore } from '../engines/postgres/riders/consent-store.ts'
import { createRiderErasures } from '../engines/postgres/riders/erasure-store.ts'
import { createGrants } from '../engines/postgres/riders/grant-store.ts'
import { createOwnRecords } from '../engines/postgres/riders/own-records.ts'
import { createPriorStore } from '../engines/postgres/riders/prior-store.ts'
import { createPrivacyZones, createRideNotes } from '../engines/postgres/riders/ride-notes.ts'
import { createRideReader } from '../engines/postgres/riders/ride-store.ts'
import { createAccessLog } from '../engines/postgres/staff/access-log.ts'
import { latestOf } from '../engines/postgres/telemetry/latest-store.ts'
import { createQuarantineOfBike } from '../engines/postgres/telemetry/quarantine-store.ts'
import { tracksOf } from '../engines/postgres/telemetry/upload-status.ts'
import { createFleetReader } from '../fleet/registry/reader.ts'
import { createConsents } from '../riders/consent/consents.ts'
import { createCurrentPrior } from '../riders/estimates/current-prior.ts'
import type { EraseRider } from '../riders/own-data/erasure/request.ts'
import type { ProposalStore } from '../staff/approvals/port.ts'
import { createStaffStores } from '../staff/approvals/stores.ts'
import type { ApiStores } from './port.ts'

export interface PostgresApiStores
  extends Omit<
    ApiStores,
    'readSamples' | 'sampleMonthsOf' | 'live' | 'watchCommand' | 'takeStatements' | 'researchers' | 'certify'
  > {
  readonly proposals: ProposalStore
  readonly eraseRider: EraseRider
}

export function createApiStores(sql: Sql): PostgresApiStores {
  const commands = createCommandStore(sql)
  return {
    ownershipsOf: (bikeId, riderId) => ownershipsOf(sql, bikeId, riderId),
    isRegistered: (bikeId) => isRegistered(sql, bikeId),
    hasModule: (bikeId) => hasModule(sql, bikeId),
    modulesOf: (bikeId) => modulesOf(sql, bikeId),
    refusalsOf: createRefusalStore(sql).ofBike,
    latestOf: (bikeId) => latestOf(sql, bikeId),
    presenceOf: async (bikeId) => presenceOfBike(await presencesOf(sql, [bikeId])),
    quarantineOf: createQuarantineOfBike(sql),
    tracksOf: (of) => tracksOf(sql, of),
    commands: { ...commands, ...createCommandQueue(commands) },
    settings: createSettings(createSettingsStore(sql)),
    fleet: createFleetReader(createRecordStore(sql)),
    accesses: createAccessLog(sql),
    grants: createGrants(sql),
    rides: createRideReader(sql),
    rideNotes: createRideNotes(sql),
    currentPrior: createCurrentPrior(createPriorStore(sql)),
    privacyZones: createPrivacyZones(sql),
    ownRecords: createOwnRecords(sql),
    erasures: createRiderErasures(sql),
    consents: createConsents(createConsentStore(sql)),
    ...createStaffStores(sql),
    ...createCohortReader(sql),
  }
}
