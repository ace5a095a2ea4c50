// Who says the statements that are judged. Pure.
import type { Speaker } from '../partners/port.ts'
import type { Speaking } from './facts.ts'
import type { KnownStatement, LoadedFleet } from './port.ts'

/** `speakers` are of statements that are new or corrected. Nobody says what nobody is known to say. */
export function speakingIn(
  { statements, waiting = [], partners }: Pick<LoadedFleet, 'statements' | 'partners'> & Partial<LoadedFleet>,
  speakers: ReadonlyMap<string, Speaker> = new Map(),
): Speaking {
  const known = [...statements, ...waiting].map((each) => [each.event.eventId, speakerNow(each)] as const)
  const said = new Map<string, Speaker>([...known, ...speakers])
  const facts = new Map(partners.map((partner) => [partner.partnerId, partner]))
  return {
    speaker: (eventId) => said.get(eventId) ?? { provenance: 'unsealed' },
    partner: (partnerId) => facts.get(partnerId),
  }
}

/** What staff corrected is staff's word. What was applied was believed, and a grant that is withdrawn later changes no past. */
function speakerNow({ speaker, decisions, state }: KnownStatement): Speaker {
  if (decisions.some(({ verdict }) => verdict === 'correct')) return { provenance: 'staff' }
  return state === 'applied' ? { provenance: 'legacy' } : speaker
}
