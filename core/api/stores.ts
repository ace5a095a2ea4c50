// What the API asks of PostgreSQL.

import { approveSecondModule } from '../devices/authority/second-module.ts'
import { createCommandQueue } from '../devices/commands/queue.ts'
import { presenceOfBike } from '../devices/presence/plan.ts'
import type { Sql } from '../engines/postgres/client/connect.ts'
import { createCommandStore } from '../engines/postgres/devices/command-store.ts'
import { hasModule, modulesOf, presencesOf } from '../engines/postgres/devices/presence-store.ts'
import { createCohortReader } from '../engines/postgres/fleet/field-error-reader.ts'
import { createRecordStore } from '../engines/postgres/fleet/record-store.ts'
import { isRegistered, ownershipsOf } from '../engines/postgres/fleet/registry-store.ts'
import { createReviewReader } from '../engines/postgres/fleet/review-store.ts'
import { createFleetStore } from '../engines/postgres/fleet/store.ts'
import { createClaimAttempts } from '../engines/postgres/riders/claim-attempts.ts'
import { createOwnershipStore } from '../engines/postgres/riders/ownership-store.ts'
import { createAccessLog } from '../engines/postgres/staff/access-log.ts'
import { createProposalStore } from '../engines/postgres/staff/proposal-store.ts'
import { latestOf } from '../engines/postgres/telemetry/latest-store.ts'
import { tracksOf } from '../engines/postgres/telemetry/upload-status.ts'
import { rules } from '../fleet/judging/rules/index.ts'
import { createFleetReader } from '../fleet/registry/reader.ts'
import { createReview } from '../fleet/review/review.ts'
import { createCaseExecutor } from '../riders/ownership/case-proposals.ts'
import { createOwnership } from '../riders/ownership/ownership.ts'
import { createApprovals } from '../staff/approvals/approvals.ts'
import type { ApiStores } from './port.ts'

export type PostgresApiStores = Omit<ApiStores, 'readSamples' | 'watchCommand' | 'ping'>

export function createApiStores(sql: Sql): PostgresApiStores {
  const commands = createCommandStore(sql)
  const ownership = createOwnership({
    store: createOwnershipStore(sql),
    attempts: createClaimAttempts(sql),
  })
  return {
    ownershipsOf: (bikeId, riderId) => ownershipsOf(sql, bikeId, riderId),
    ownership,
    isRegistered: (bikeId) => isRegistered(sql, bikeId),
    hasModule: (bikeId) => hasModule(sql, bikeId),
    modulesOf: (bikeId) => modulesOf(sql, bikeId),
    latestOf: (bikeId) => latestOf(sql, bikeId),
    presenceOf: async (bikeId) => presenceOfBike(await presencesOf(sql, bikeId)),
    tracksOf: (uploadId, sender) => tracksOf(sql, uploadId, sender),
    commands: { ...commands, ...createCommandQueue(commands) },
    fleet: createFleetReader(createRecordStore(sql)),
    review: createReview({ store: createFleetStore(sql), reader: createReviewReader(sql), rules }),
    accesses: createAccessLog(sql),
    approvals: createApprovals({
      store: createProposalStore(sql),
      executors: { second_module: approveSecondModule, ownership_case: createCaseExecutor(ownership) },
      consoleApproves: false,
    }),
    ...createCohortReader(sql),
  }
}
