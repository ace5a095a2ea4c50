// Gives and ends consents. A stretch once withdrawn stays without consent, unless the rider reaches back by himself.
import type { ConsentStore, ConsentSubject, Stretch } from './port.ts'

export interface Grant extends ConsentSubject {
  /** Also for what happened since; from now on where it is absent. */
  readonly from?: Date | undefined
}

/** Throws when `from` lies in the future: a consent is given, not announced. */
export async function grantConsent(store: ConsentStore, { from, ...subject }: Grant): Promise<void> {
  await store.change(subject, (known, nowUs) => planGrant(known, { nowUs, fromMs: from?.getTime() }))
}

/** Ends an open consent now. Returns whether there was one. */
export async function withdrawConsent(store: ConsentStore, subject: ConsentSubject): Promise<boolean> {
  let wasOpen = false
  await store.change(subject, (known, nowUs) => {
    wasOpen = known.some(({ untilUs }) => untilUs === Number.POSITIVE_INFINITY)
    return planWithdrawal(known, nowUs)
  })
  return wasOpen
}

/**
 * Without `fromMs` the consent never reaches back into a stretch that was withdrawn, whatever the clock says. An open
 * consent that begins earlier stays; stretches that overlap become one.
 *
 * `[10, 20)`, at 30 → `[10, 20)`, `[30, ∞)`; the same from 15 on → `[10, ∞)`.
 */
export function planGrant(
  known: readonly Stretch[],
  { nowUs, fromMs }: { nowUs: number; fromMs?: number | undefined },
): Stretch[] {
  const lastEndUs = Math.max(nowUs, ...known.map(({ untilUs }) => untilUs).filter(Number.isFinite))
  const fromUs = fromMs === undefined ? lastEndUs : fromMs * 1_000
  if (fromMs !== undefined && fromUs > nowUs) throw new RangeError('a consent cannot begin in the future')
  const isBefore = ({ untilUs }: Stretch) => untilUs <= fromUs
  const overlapped = known.filter((stretch) => !isBefore(stretch))
  const sinceUs = Math.min(fromUs, ...overlapped.map((stretch) => stretch.fromUs))
  return [...known.filter(isBefore), { fromUs: sinceUs, untilUs: Number.POSITIVE_INFINITY }]
}

/** `[10, ∞)`, at 30 → `[10, 30)`. A stretch that would end before it began is none. */
export function planWithdrawal(known: readonly Stretch[], nowUs: number): Stretch[] {
  return known
    .map(({ fromUs, untilUs }) => ({ fromUs, untilUs: Number.isFinite(untilUs) ? untilUs : nowUs }))
    .filter(({ fromUs, untilUs }) => fromUs < untilUs)
}
