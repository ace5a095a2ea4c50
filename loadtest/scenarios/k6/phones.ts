// What phones do: they send an upload, keep it while the edge asks them to, and try again when it is time.
import { pauseMs } from '../../../client/index.ts'
import { attempt, type OutgoingUpload } from './attempt.ts'
import { metrics } from './world.ts'

interface Waiting {
  readonly outgoing: OutgoingUpload
  readonly failures: number
  readonly dueMs: number
}

/** Of one virtual user: the uploads that wait in its phones. */
const waiting: Waiting[] = []
const mostWaiting = 50
const retries = { firstMs: 1_000, longestMs: 10_000 }

/** The new upload, and one of those that wait, if it is due. */
export async function send(outgoing: OutgoingUpload): Promise<void> {
  await sendOne(outgoing, 0)
  const due = waiting.findIndex(({ dueMs }) => dueMs <= Date.now())
  const [again] = due === -1 ? [] : waiting.splice(due, 1)
  if (again !== undefined) await sendOne(again.outgoing, again.failures)
}

async function sendOne(outgoing: OutgoingUpload, failuresBefore: number): Promise<void> {
  const outcome = await attempt(outgoing)
  if (outcome.kind === 'done') return
  if (waiting.length >= mostWaiting) {
    metrics.leftInPhones.add(1, { flow: outgoing.flow })
    return
  }
  const failures = failuresBefore + 1
  const { retryAfterMs } = outcome
  const asked = { failures, random: Math.random(), ...(retryAfterMs !== undefined && { retryAfterMs }) }
  waiting.push({ outgoing, failures, dueMs: Date.now() + pauseMs(asked, retries) })
}

export function samplesOf(tracks: readonly { timesMs: ArrayLike<number> }[]): number {
  return tracks.reduce((sum, { timesMs }) => sum + timesMs.length, 0)
}
