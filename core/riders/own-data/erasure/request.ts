// An erasure and a legal hold take two members of staff: what the first one proposes, and what begins when the second one has approved.
// Pure.
import { z } from 'zod'
import type { Executor, NewProposal } from '../../../staff/approvals/port.ts'
import type { OwnershipService } from '../../ownership/port.ts'
import type { ErasureObstacle, ErasureRequests } from './port.ts'

const payload = z.strictObject({ riderId: z.string().min(1) })

export function erasureProposal({
  riderId,
  ...proposed
}: Pick<NewProposal, 'proposalId' | 'reason' | 'proposedBy'> & { readonly riderId: string }): NewProposal {
  const what = 'all bikes, and all data of the platform about the rider, for ever'
  return {
    ...{ ...proposed, kind: 'erasure', subject: riderId, payload: { riderId } },
    effects: [{ who: `rider ${riderId}`, change: 'loses', what }],
  }
}

const mostBikes = 1_000

/** Releases the rider's bikes and begins the erasure; the same one again changes nothing. */
export type EraseRider = (erasureId: string, riderId: string) => Promise<'begun' | ErasureObstacle>

export function createEraseRider(
  requests: ErasureRequests,
  ownership: Pick<OwnershipService, 'bikesOf' | 'release'>,
): EraseRider {
  return async (erasureId, riderId) => {
    const obstacle = await requests.obstacle(erasureId, riderId)
    if (obstacle === 'held') await requests.restrict(erasureId, riderId, obstacleOf.held)
    if (obstacle !== undefined) return obstacle
    for (const { bikeId, now } of await ownership.bikesOf(riderId, mostBikes)) {
      if (now) await ownership.release({ bikeId, riderId })
    }
    return requests.begin(erasureId, riderId)
  }
}

/** The erasure has the id of its proposal. */
export function createErasureExecutor(erase: EraseRider): Executor {
  return async ({ proposalId, payload: asked }) => {
    const read = payload.safeParse(asked)
    if (!read.success) return { done: false, detail: 'its content is none of an erasure' }
    const outcome = await erase(proposalId, read.data.riderId)
    if (outcome === 'held') return { done: true, detail: obstacleOf.held }
    if (outcome !== 'begun') return { done: false, detail: obstacleOf[outcome] }
    const detail = `erasure ${proposalId} has begun; npm run erasure -- show ${proposalId} says how far it is`
    return { done: true, detail }
  }
}

/** Why an erasure does not begin, for people. */
export const obstacleOf = {
  held: 'the data are kept for a legal claim and used for nothing else; the erasure begins when that ends',
  case_open: 'a case about a bike of the rider is open: it has to be settled first',
  other_under_way: 'another erasure of the rider is under way',
  asked_by_rider: 'the rider has asked for it, and it begins in the time that the rider has to take it back',
  owns_bikes:
    'a bike of the rider cannot be released, or becomes the rider’s only later: that has to be settled first',
} as const satisfies Record<ErasureObstacle, string>

const holdPayload = z.strictObject({ riderId: z.string().min(1), until: z.iso.datetime() })

/** `until` ends the hold: a time to come, or now to end one early. */
export function legalHoldProposal({
  riderId,
  untilMs,
  ...proposed
}: Pick<NewProposal, 'proposalId' | 'reason' | 'proposedBy'> & {
  readonly riderId: string
  readonly untilMs: number
}): NewProposal {
  const until = new Date(untilMs).toISOString()
  const what = `erasure, until ${until}`
  return {
    ...{ ...proposed, kind: 'legal_hold', subject: riderId, payload: { riderId, until } },
    effects: [{ who: `rider ${riderId}`, change: 'loses', what }],
  }
}

export function createHoldExecutor(requests: Pick<ErasureRequests, 'hold'>): Executor {
  return async ({ proposalId, payload: asked }) => {
    const read = holdPayload.safeParse(asked)
    if (!read.success) return { done: false, detail: 'its content is none of a legal hold' }
    const { riderId, until } = read.data
    const done = await requests.hold({ proposalId, riderId, untilMs: Date.parse(until) })
    return { done, detail: done ? `held until ${until}` : 'an erasure of the rider has begun already' }
  }
}
