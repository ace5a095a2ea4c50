// The review of statements on PostgreSQL, put together: for the API and the command.

import { createReview as reviewOf } from '../fleet/review.ts'
import type { Review } from '../fleet/review-port.ts'
import { rules } from '../fleet/rules/index.ts'
import type { Sql } from './connect.ts'
import { createFleetStore } from './fleet-store.ts'
import { createReviewReader } from './review-store.ts'

export function createReview(sql: Sql): Review {
  return reviewOf({ store: createFleetStore(sql), reader: createReviewReader(sql), rules })
}
