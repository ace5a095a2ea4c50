// Gives and ends consents. A stretch once withdrawn stays without consent, unless the rider reaches back by himself.
import type {
  ConsentChange,
  ConsentRefusal,
  ConsentStore,
  ConsentSubject,
  Consents,
  Giving,
  KnownConsent,
  Stretch,
} from './port.ts'

export function createConsents(store: ConsentStore): Consents {
  return {
    statesOf: (riderId) => store.statesOf(riderId),
    give: (asked) => grantConsent(store, { ...asked, by: 'rider' }),
    async withdraw(subject) {
      await withdrawConsent(store, { ...subject, by: 'rider' })
    },
  }
}

/** Whoever changes his mind more often in 24 hours may still withdraw. */
export const mostGivenADay = 20

/** A consent is given, not announced, and to the text that holds now. Giving once more what is given changes nothing. */
export async function grantConsent(
  store: Pick<ConsentStore, 'change'>,
  { from, textVersion, by, ...subject }: Giving,
): Promise<ConsentRefusal | undefined> {
  let refusal: ConsentRefusal | undefined
  await store.change(subject, (known) => {
    const planned = planGiving(known, { fromMs: from?.getTime(), textVersion, by })
    refusal = 'refused' in planned ? planned.refused : undefined
    return 'refused' in planned ? undefined : planned.change
  })
  return refusal
}

/** Ends an open consent now. Returns whether there was one. */
export async function withdrawConsent(
  store: Pick<ConsentStore, 'change'>,
  { by, ...subject }: ConsentSubject & { readonly by: string },
): Promise<boolean> {
  let wasOpen = false
  await store.change(subject, ({ stretches, nowUs }) => {
    wasOpen = stretches.some(isOpen)
    if (!wasOpen) return undefined
    const act = { act: 'withdrawn', effectiveFromMs: nowUs / 1_000, by } as const
    const dropsResearchKey = subject.purpose === 'research'
    return { stretches: planWithdrawal(stretches, nowUs), act, dropsResearchKey }
  })
  return wasOpen
}

interface Asked {
  readonly fromMs?: number | undefined
  readonly textVersion?: string | undefined
  readonly by: string
}

export function planGiving(
  known: KnownConsent,
  { fromMs, textVersion = known.textVersion, by }: Asked,
): { change: ConsentChange | undefined } | { refused: ConsentRefusal } {
  if (textVersion !== known.textVersion) return { refused: 'text_outdated' }
  if (fromMs !== undefined && fromMs * 1_000 > known.nowUs) return { refused: 'consent_in_future' }
  const stretches = planGrant(known.stretches, { nowUs: known.nowUs, fromMs })
  const open = known.stretches.find(isOpen)
  if (open && open.fromUs === stretches.at(-1)?.fromUs && known.givenVersion === textVersion) {
    return { change: undefined }
  }
  if (known.givenToday >= mostGivenADay) return { refused: 'too_many_consents' }
  const effectiveFromMs = (stretches.at(-1) as Stretch).fromUs / 1_000
  const act = { act: 'given', effectiveFromMs, textVersion, by } as const
  return { change: { stretches, act, dropsResearchKey: false } }
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

export const isOpen = ({ untilUs }: Stretch): boolean => untilUs === Number.POSITIVE_INFINITY
