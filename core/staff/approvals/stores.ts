// Approvals, put together once for the API and the commands: each kind of proposal with its executor.
import { approveSecondModule } from '../../devices/authority/second-module.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createRetractionStore } from '../../engines/postgres/fleet/retraction-store.ts'
import { createReviewReader } from '../../engines/postgres/fleet/review-store.ts'
import { createFleetStore } from '../../engines/postgres/fleet/store.ts'
import { createClaimAttempts } from '../../engines/postgres/riders/claim-attempts.ts'
import { createErasureRequests } from '../../engines/postgres/riders/erasure-store.ts'
import { createOwnershipStore } from '../../engines/postgres/riders/ownership-store.ts'
import { createProposalStore } from '../../engines/postgres/staff/proposal-store.ts'
import { rules } from '../../fleet/judging/rules/index.ts'
import { createRetractionExecutor } from '../../fleet/retraction/proposals.ts'
import { createRetraction } from '../../fleet/retraction/retract.ts'
import { createDecisionExecutor } from '../../fleet/review/proposal.ts'
import { createReview } from '../../fleet/review/review.ts'
import {
  createEraseRider,
  createErasureExecutor,
  createHoldExecutor,
} from '../../riders/own-data/erasure/request.ts'
import { createCaseExecutor } from '../../riders/ownership/case-proposals.ts'
import { createOwnership } from '../../riders/ownership/ownership.ts'
import { createApprovals } from './approvals.ts'

export function createStaffStores(sql: Sql, { consoleApproves = false } = {}) {
  const ownership = createOwnership({ store: createOwnershipStore(sql), attempts: createClaimAttempts(sql) })
  const review = createReview({ store: createFleetStore(sql), reader: createReviewReader(sql), rules })
  const retraction = createRetraction(createRetractionStore(sql))
  const retract = createRetractionExecutor(retraction)
  const erasures = createErasureRequests(sql)
  const eraseRider = createEraseRider(erasures, ownership)
  const executors = {
    second_module: approveSecondModule,
    ownership_case: createCaseExecutor(ownership),
    review_decision: createDecisionExecutor(review),
    retract,
    distrust_key: retract,
    erasure: createErasureExecutor(eraseRider),
    legal_hold: createHoldExecutor(erasures),
  }
  const proposals = createProposalStore(sql)
  const approvals = createApprovals({ store: proposals, executors, consoleApproves })
  return { ownership, review, retraction, approvals, proposals, eraseRider }
}
