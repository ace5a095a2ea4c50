// Decides who owns a bike from when. Pure: what is known of the bike → what is written, or why nothing is.
import { frameSubject } from '../../fleet/statements/subjects.ts'
import type {
  Decision,
  Known,
  KnownBike,
  KnownCode,
  Offer,
  Owned,
  Ownership,
  OwnershipChange,
  RefusalReason,
  Refused,
} from './port.ts'

const day = 86_400_000
export const offerValidForMs = 14 * day

export const refuse = <R extends RefusalReason>(refused: R): Decision<Refused<R>> => ({
  outcome: { refused },
  writes: {},
})

/** The present owner. */
export function ownerOf({ ownerships }: KnownBike, nowMs: number): Ownership | undefined {
  return ownerships.find(({ untilMs }) => untilMs > nowMs)
}

/**
 * A rider shows a code. That of a sale gives him a bike that nobody owns, from the sale on, but never within the time of
 * a former owner. That of an offer gives him the giver's bike, from the time that the offer names, but never before it was the
 * giver's. The code that gave him the bike may be shown again.
 *
 *     a code of a sale on day 5, the bike was released on day 9 → his from day 9 on
 */
export function planClaim(
  { nowMs, code, bike }: Known,
  { riderId, codeSha256 }: { riderId: string; codeSha256: string },
): Decision<Owned | Refused<'code_refused'>> {
  if (code === undefined || bike === undefined) return refuse('code_refused')
  const owner = ownerOf(bike, nowMs)
  if (owner?.riderId === riderId) {
    if (code.usedBy !== riderId) return refuse('code_refused')
    return { outcome: { bikeId: bike.bikeId, fromMs: owner.fromMs }, writes: {} }
  }
  const isUsable = !code.isEnded && code.validUntilMs > nowMs && bike.openCase === undefined
  if (!isUsable || owner?.riderId !== code.offeredBy) return refuse('code_refused')
  const atMs = beginningOf(code, { owner, bike, nowMs })
  const change: OwnershipChange = {
    ...{ kind: owner === undefined ? 'claim' : 'offer', bikeId: bike.bikeId, former: owner },
    ...{ newRiderId: riderId, atMs, author: `rider:${riderId}`, reason: '' },
  }
  const notices = owner
    ? [{ riderId: owner.riderId, kind: 'offer_accepted', bikeId: bike.bikeId } as const]
    : []
  return { outcome: { bikeId: bike.bikeId, fromMs: atMs }, writes: { change, usedCode: codeSha256, notices } }
}

function beginningOf(
  { beginsAtMs }: KnownCode,
  { owner, bike, nowMs }: { owner: Ownership | undefined; bike: KnownBike; nowMs: number },
): number {
  const earliestMs = owner?.fromMs ?? Math.max(...bike.ownerships.map(({ untilMs }) => untilMs))
  return Math.max(earliestMs, Math.min(beginsAtMs ?? nowMs, nowMs))
}

/** An owner offers the bike to whoever shows the code. A former offer of it ends. */
export function planOffer(
  { nowMs, bike }: Known,
  asked: { riderId: string; offerId: string; codeSha256: string; beginsAtMs: number | undefined },
): Decision<Offer | Refused> {
  const own = ownersBike({ nowMs, bike }, asked.riderId)
  if ('refused' in own) return refuse(own.refused)
  if (asked.beginsAtMs !== undefined && asked.beginsAtMs > nowMs) return refuse('offer_in_future')
  const offer = { ...asked, bikeId: own.bike.bikeId, validUntilMs: nowMs + offerValidForMs }
  return { outcome: offer, writes: { offer } }
}

/** `true` also where the offer has ended by itself: it is of no use any more. */
export function planWithdrawal(
  { nowMs, bike }: Known,
  { riderId, offerId }: { riderId: string; offerId: string },
): Decision<true | Refused> {
  const own = ownersBike({ nowMs, bike }, riderId)
  if ('refused' in own && own.refused === 'not_owner') return refuse('not_owner')
  const isOpen = bike?.openOffer?.offerId === offerId
  return { outcome: true, writes: isOpen ? { withdrawsOffer: true } : {} }
}

/** An owner gives the bike up: from now on nobody owns it, and sales that waited for that are judged again. */
export function planRelease({ nowMs, bike }: Known, riderId: string): Decision<Owned | Refused> {
  const own = ownersBike({ nowMs, bike }, riderId)
  if ('refused' in own) return refuse(own.refused)
  const { bikeId } = own.bike
  const atMs = Math.max(nowMs, own.owner.fromMs)
  const change: OwnershipChange = {
    ...{ kind: 'release', bikeId, former: own.owner, newRiderId: undefined },
    ...{ atMs, author: `rider:${riderId}`, reason: '' },
  }
  return { outcome: { bikeId, fromMs: atMs }, writes: { change, touched: touchedBy(own.bike) } }
}

/** Statements about a bike that nobody owns any more may count now. */
export function touchedBy({ frameNumber }: Pick<KnownBike, 'frameNumber'>): string[] {
  return frameNumber === undefined ? [] : [frameSubject(frameNumber)]
}

function ownersBike(
  { nowMs, bike }: Pick<Known, 'nowMs' | 'bike'>,
  riderId: string,
): { readonly bike: KnownBike; readonly owner: Ownership } | Refused {
  const owner = bike && ownerOf(bike, nowMs)
  if (bike === undefined || owner?.riderId !== riderId) return { refused: 'not_owner' }
  return bike.openCase === undefined ? { bike, owner } : { refused: 'contested' }
}
