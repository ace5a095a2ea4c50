// What makes two requests for a decision the same.
import { createHash } from '../../runtime/digest.ts'
import type { ReviewRequest } from './port.ts'

/** Without the decision id, the judgement that was seen, and the approval. In hexadecimal. */
export function requestSha256(request: ReviewRequest): string {
  const { eventId, verdict, author, reason, correction, mergeInto } = request
  const text = JSON.stringify([eventId, verdict, author, reason, correction ?? null, mergeInto ?? null])
  return createHash('sha256').update(text).digest('hex')
}
