// An erasure takes two members of staff: what the first one proposes, and what begins when the second one has approved. Pure.
import { z } from 'zod'
import type { Executor, NewProposal } from '../../../staff/approvals/port.ts'
import type { OwnershipService } from '../../ownership/port.ts'
import type { ErasureRequests } from './port.ts'

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

/** The erasure has the id of its proposal, so carrying it out again changes nothing. */
export function createErasureExecutor(
  requests: ErasureRequests,
  ownership: Pick<OwnershipService, 'bikesOf' | 'release'>,
): Executor {
  return async ({ proposalId, payload: asked }) => {
    const read = payload.safeParse(asked)
    if (!read.success) return { done: false, detail: 'its content is none of an erasure' }
    const { riderId } = read.data
    for (const { bikeId, now } of await ownership.bikesOf(riderId, mostBikes)) {
      if (now) await ownership.release({ bikeId, riderId })
    }
    const outcome = await requests.begin(proposalId, riderId)
    return { done: outcome === 'begun', detail: details(proposalId)[outcome] }
  }
}

const details = (erasureId: string) =>
  ({
    begun: `erasure ${erasureId} has begun; npm run erasure -- show ${erasureId} says how far it is`,
    case_open: 'a case about a bike of the rider is open: settle it first, and propose again',
    other_under_way: 'another erasure of the rider is under way',
    owns_bikes:
      'a bike of the rider cannot be released, or becomes the rider’s only later: settle that first',
  }) as const satisfies Record<Awaited<ReturnType<ErasureRequests['begin']>>, string>
