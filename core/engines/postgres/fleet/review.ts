// The review of statements on PostgreSQL, put together: for the API and the command.

import { rules } from '../../../fleet/judging/rules/index.ts'
import type { Review } from '../../../fleet/review/port.ts'
import { createReview as reviewOf } from '../../../fleet/review/review.ts'
import type { Sql } from '../client/connect.ts'
import { createReviewReader } from './review-store.ts'
import { createFleetStore } from './store.ts'

export function createReview(sql: Sql): Review {
  return reviewOf({ store: createFleetStore(sql), reader: createReviewReader(sql), rules })
}
