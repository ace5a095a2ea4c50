// A rider's bikes, offers, cases and notices, as the API tells them.
import { z } from 'zod'
import { caseStates, noticeKinds, type OwnedBike, type StoredNotice } from '../../riders/ownership/port.ts'
import { iso, isoOrNull, list, time, uuid } from '../request.ts'

const openTime = time.nullable()
const window = z.object({
  from: openTime.describe('Null where no beginning is known.'),
  until: openTime.describe('Null while the bike is the rider’s.'),
})
const offer = z.object({
  offerId: uuid,
  from: openTime.describe('From when the bike is the next owner’s; null: since the acceptance.'),
  validUntil: time,
})
const openCase = z
  .object({ caseId: uuid, state: z.enum(caseStates), objectUntil: time })
  .describe('Staff say that the bike is another rider’s. Nobody commands it meanwhile.')

const riderBike = z.object({
  bikeId: uuid,
  frameNumber: z.string().nullable(),
  model: z.string().nullable().describe('Its name, where the plant told the model.'),
  now: z.boolean().describe('Whether it is the rider’s now.'),
  owned: list(window).describe('Oldest first.'),
  offer: offer.nullable(),
  case: openCase.nullable(),
})
export const riderBikes = z.object({ bikes: list(riderBike) })
export const ownedBike = z.object({ bikeId: uuid, from: time.nullable() })
export const endedOwnership = z.object({ bikeId: uuid, until: time })
export const madeOffer = offer.extend({
  code: z.string().describe('For the next owner, as `XXXX-XXXX-XXXX-XXXX`. It is told this once.'),
})
export const objection = z.object({ caseId: uuid, state: z.enum(caseStates) })

export const notices = z.object({
  notices: list(
    z.object({
      noticeId: z.string(),
      at: time,
      kind: z.enum(noticeKinds),
      bikeId: uuid,
      caseId: uuid.optional(),
      objectUntil: time.optional(),
      reason: z.string().optional(),
    }),
  ),
})

/** `{bikeId, frameNumber: 'F-1', model: 'Trail 5', now: true, owned: [{from: '2026-…Z', until: null}], offer: null, case: null}` */
export function riderBikeAnswer({
  bikeId,
  frameNumber,
  model,
  windows,
  now,
  openOffer,
  openCase,
}: OwnedBike) {
  return {
    ...{ bikeId, frameNumber: frameNumber ?? null, model: model ?? null, now },
    owned: windows.map(({ fromMs, untilMs }) => ({ from: isoOrNull(fromMs), until: isoOrNull(untilMs) })),
    offer: openOffer ? offerAnswer(openOffer) : null,
    case: openCase
      ? { caseId: openCase.caseId, state: openCase.state, objectUntil: iso(openCase.objectUntilMs) }
      : null,
  }
}

export function offerAnswer({
  offerId,
  beginsAtMs,
  validUntilMs,
}: {
  offerId: string
  beginsAtMs: number | undefined
  validUntilMs: number
}) {
  return { offerId, from: isoOrNull(beginsAtMs), validUntil: iso(validUntilMs) }
}

export function noticeAnswer({ noticeId, atMs, kind, bikeId, caseId, objectUntilMs, reason }: StoredNotice) {
  return {
    ...{ noticeId, at: iso(atMs), kind, bikeId },
    ...(caseId !== undefined && { caseId }),
    ...(objectUntilMs !== undefined && { objectUntil: iso(objectUntilMs) }),
    ...(reason !== undefined && { reason }),
  }
}
