// The decisions: what an answer of the store means for a sample, and whether two samples are the same.
import type { CreateAnswer, ExistingDocument } from '../../engines/elasticsearch/port.ts'
import type { Fate, OpenTrack, PlannedTrack } from './planned-track.ts'

/** What to do next about a sample whose document was sent. */
export type Step =
  | { readonly type: 'settle'; readonly fate: Fate; readonly detail?: string }
  /** Somebody's document has this identity: compare. */
  | { readonly type: 'compare'; readonly id: string }
  /** Send it again: at once to another generation, or after a pause. */
  | { readonly type: 'again'; readonly because: 'blocked' | 'missing' | 'busy'; readonly detail?: string }

export function stepAfter(answer: CreateAnswer): Step {
  switch (answer.type) {
    case 'created':
      return { type: 'settle', fate: 'stored' }
    case 'refused':
      return { type: 'settle', fate: 'refused', detail: answer.detail }
    case 'exists':
      return { type: 'compare', id: answer.id }
    case 'busy':
      return { type: 'again', because: 'busy', detail: answer.detail }
    default:
      return { type: 'again', because: answer.type }
  }
}

/**
 * A document of the same track is our own, written before a crash or by a replay. One of another track was there first:
 * equal values make the sample a duplicate, other values a conflict.
 */
export function compare(of: {
  plan: PlannedTrack
  track: OpenTrack['track']
  sample: number
  existing: ExistingDocument
}): Fate {
  const { plan, track, sample, existing } = of
  if (existing.trackId === plan.trackId) return 'stored'
  let equal = 0
  for (const { key, values } of track.columns) {
    const cell = values[sample] as number
    if (Number.isNaN(cell)) continue
    if (existing.cells.get(key) !== cell) return 'conflict'
    equal++
  }
  return equal === existing.cells.size ? 'duplicate' : 'conflict'
}
